import { expect, test } from "bun:test";
import { textIn } from "./binary-text.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("a control message is one in binary, too; what only looks like one is audio", () => {
  for (const message of ['{"type":"KeepAlive"}', '{ "type": "Configure", "keyterms": ["ä"] }'])
    expect(textIn(bytes(message))).toBe(message);
  // A view into a larger buffer, as sockets give it.
  expect(textIn(bytes('12{"type":"x"}34').subarray(2, 14))).toBe('{"type":"x"}');
  for (const audio of ["", "{", "{}", '{"type":1}', "{null}", "[]", 'x{"type":"KeepAlive"}', '{"type":"KeepAlive"} '])
    expect(textIn(bytes(audio))).toBeUndefined();
  expect(textIn(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]))).toBeUndefined();
  expect(textIn(bytes(`{"type":"${"x".repeat(70_000)}"}`))).toBeUndefined();
});
