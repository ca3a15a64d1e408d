/**
 * VERBATIM_DEBUG_FFI writes every call before it is made, so that after a crash the last line names the call. `1` writes to stderr,
 * anything else is a file to append to.
 */
import { openSync, writeSync } from "node:fs";
import type { Native } from "./symbols.ts";

function shown(argument: unknown): string {
  if (ArrayBuffer.isView(argument)) return `${argument.constructor.name}(${argument.byteLength})`;
  if (typeof argument === "number" && argument > 0xffff) return `0x${argument.toString(16)}`;
  return String(argument);
}

/** The same functions, each announcing its calls when the switch is on. */
export function traced(library: Native): Native {
  const target = process.env.VERBATIM_DEBUG_FFI;
  if (!target) return library;
  const descriptor = target === "1" ? 2 : openSync(target, "a");
  const thread = Bun.isMainThread ? "main" : "worker";
  const announce =
    (name: string, call: (...args: unknown[]) => unknown) =>
    (...args: unknown[]): unknown => {
      writeSync(descriptor, `${process.pid} ${thread} ${name}(${args.map(shown).join(", ")})\n`);
      return call(...args);
    };
  const entries = Object.entries(library).map(([name, call]) => [name, announce(name, call as never)]);
  return Object.fromEntries(entries) as Native;
}
