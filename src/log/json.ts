import { errorFields } from "./error-fields.ts";
import type { LogLine } from "./log.ts";

/** One JSON object and a newline; `time`, `level` and `message` come first and cannot be overwritten by fields. */
export function toJson({ time, level, message, fields, stacks }: LogLine): string {
  const rest = Object.fromEntries(Object.entries(fields).filter(([name]) => !RESERVED.has(name)));
  const line = { time: time.toISOString(), level, message, ...rest };
  const seen = new WeakSet<object>();
  const text = JSON.stringify(line, (_, value: unknown) => {
    if (value instanceof Error) return errorFields(value, stacks);
    if (typeof value === "bigint") return Number(value);
    // A line must never throw, and an object that holds itself has no JSON.
    if (typeof value === "object" && value !== null) {
      if (seen.has(value)) return "[seen]";
      seen.add(value);
    }
    return value;
  });
  return `${text}\n`;
}

const RESERVED = new Set(["time", "level", "message"]);
