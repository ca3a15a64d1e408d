import { errorFields } from "./error-fields.ts";
import type { LogLevel, LogLine } from "./log.ts";

// ECMA-48 select graphic rendition: grey, plain, yellow, red.
const COLOURS: Record<LogLevel, string> = { debug: "90", info: "0", warn: "33", error: "31" };

/** One line for a person: local time, level, message, then `name=value` pairs. */
export function toPretty({ time, level, message, fields, stacks }: LogLine, colours: boolean): string {
  const paint = (code: string, text: string) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);
  const head = [paint("90", clock(time)), paint(COLOURS[level], level.padEnd(5)), oneLine(message)];
  const pairs: string[] = [];
  const stacksBelow: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    pairs.push(`${paint("90", `${name}=`)}${shown(value)}`);
    if (stacks && value instanceof Error && value.stack) stacksBelow.push(value.stack);
  }
  return `${[...head, ...pairs].join(" ")}\n${stacksBelow.map((stack) => `${stack}\n`).join("")}`;
}

function clock(time: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const milliseconds = String(time.getMilliseconds()).padStart(3, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${milliseconds}`;
}

function shown(value: unknown): string {
  if (value instanceof Error) {
    const { message, code, cause } = errorFields(value, false);
    const because = cause === undefined ? "" : ` (${typeof cause === "string" ? cause : cause.message})`;
    return oneLine(JSON.stringify(`${code ? `${code}: ` : ""}${message}${because}`));
  }
  if (typeof value === "number" && !Number.isInteger(value)) return String(Number(value.toPrecision(6)));
  if (typeof value === "string") return /^[\w./:@%+-]+$/.test(value) ? value : oneLine(JSON.stringify(value));
  if (typeof value === "object" && value !== null) {
    try {
      return oneLine(JSON.stringify(value));
    } catch {
      return "[object]";
    }
  }
  return String(value);
}

/** What a client sent must not be able to start a line of its own, nor speak to the terminal. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    if (character === "\n") return "\\n";
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
