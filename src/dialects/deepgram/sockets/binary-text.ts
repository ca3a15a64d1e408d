import { LONGEST_MESSAGE } from "./limits.ts";

const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * The text of a control message that came as a binary one, as some clients send theirs; undefined: it is audio. Heard as samples, an odd number
 * of bytes would make noise of everything behind it.
 */
export function textIn(bytes: Uint8Array): string | undefined {
  if (bytes[0] !== OPEN || bytes.at(-1) !== CLOSE || bytes.length > LONGEST_MESSAGE) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  try {
    return typeof JSON.parse(text).type === "string" ? text : undefined;
  } catch {
    return undefined;
  }
}
