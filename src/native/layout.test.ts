import { cc } from "bun:ffi";
import { expect, test } from "bun:test";
import { join, resolve } from "node:path";
import { decodeOptionsLayout } from "./decode-options.ts";
import { MEDIA_INFO_BYTES } from "./media.ts";
import { modelOptionsLayout } from "./model.ts";
import type { Layout } from "./struct.ts";
import { ABI_VERSION, symbols } from "./symbols.ts";

const include = resolve(import.meta.dir, "../../native/include");

/** Asks a C compiler what it makes of the header: every expression becomes a function that returns it. */
async function inC(expressions: readonly string[]): Promise<number[]> {
  const source = join(process.env.TMPDIR ?? "/tmp", `verbatim-layout-${process.pid}.c`);
  const functions = expressions.map((expression, n) => `long long f${n}(void) { return (long long)(${expression}); }`);
  await Bun.write(source, `#include "verbatim.h"\n${functions.join("\n")}\n`);
  try {
    const wanted = Object.fromEntries(expressions.map((_, n) => [`f${n}`, { returns: "i64" } as const]));
    const { symbols: compiled } = cc({ source, include: [include], symbols: wanted });
    return expressions.map((_, n) => Number((compiled[`f${n}`] as () => bigint)()));
  } finally {
    await Bun.file(source).delete();
  }
}

function expectLayout(struct: string, layout: Layout): Promise<void> {
  const names = Object.keys(layout.members);
  return inC([`sizeof(${struct})`, ...names.map((name) => `offsetof(${struct}, ${name})`)]).then((found) =>
    expect(found).toEqual([layout.size, ...names.map((name) => layout.members[name]?.[0] as number)]),
  );
}

test("vb_decode_options is packed as C lays it out", () => expectLayout("vb_decode_options", decodeOptionsLayout));

test("vb_model_options is packed as C lays it out", () => expectLayout("vb_model_options", modelOptionsLayout));

test("vb_media_info, vb_buffer and the error text have the sizes that are read", async () => {
  expect(
    await inC([
      "sizeof(vb_media_info)",
      "offsetof(vb_media_info, format)",
      "offsetof(vb_media_info, channels)",
      "offsetof(vb_media_info, rate)",
      "offsetof(vb_media_info, frames)",
      "sizeof(vb_buffer)",
      "offsetof(vb_buffer, size)",
      "VB_ERROR_SIZE",
      "VB_ABI_VERSION",
    ]),
  ).toEqual([MEDIA_INFO_BYTES, 4, 8, 12, 16, 16, 8, 256, ABI_VERSION]);
});

test("every function that is declared here is in the header, with as many parameters", async () => {
  const header = await Bun.file(join(include, "verbatim.h")).text();
  for (const [name, { args }] of Object.entries(symbols)) {
    const found = new RegExp(`VB_API [^;(]*\\b${name}\\(([^)]*)\\);`).exec(header);
    const parameters = found?.[1]?.trim();
    expect([
      name,
      parameters === undefined ? "missing" : parameters === "void" ? 0 : parameters.split(",").length,
    ]).toEqual([name, args.length]);
  }
});
