import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { clip } from "../../test/data.ts";
import { beginsContainer, isWholeContainer } from "./containers.ts";

test.each(["wav", "webm", "m4a", "ogg", "opus"])("a %s file is one, whole and in its first piece", (ending) => {
  const bytes = readFileSync(clip(`containers_jfk/jfk.${ending}`).file);
  expect(beginsContainer(bytes)).toBe(true);
  expect(isWholeContainer(bytes)).toBe(true);
  // Only WAV says how long it is.
  expect(isWholeContainer(bytes.subarray(0, 4000))).toBe(ending !== "wav");
});

test("samples are none, nor is too little to tell", () => {
  for (const bytes of [new Uint8Array(4096), Buffer.from("RI"), new Uint8Array(), Buffer.from("RIFF\0")]) {
    expect(isWholeContainer(bytes)).toBe(false);
  }
  expect(beginsContainer(new Uint8Array(4096))).toBe(false);
});

test("a WAV head whose size was never filled in begins a stream", () => {
  for (const size of [0, 0xffffffff]) {
    const head = Buffer.alloc(44);
    head.write("RIFF");
    head.writeUInt32LE(size, 4);
    expect(isWholeContainer(head)).toBe(false);
  }
});
