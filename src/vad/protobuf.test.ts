import { expect, test } from "bun:test";
import { fields, Message } from "./protobuf.ts";

test("what is written is read", () => {
  const inner = new Message().text(2, "Größe").number(3, 0);
  const message = new Message()
    .number(1, 300)
    .message(200, inner)
    .number(1, 2 ** 40 + 5)
    .bytes(4, new Uint8Array());
  const found = [...fields(message.encode())];
  expect(found.map(({ number, value }) => [number, value])).toEqual([
    [1, 300],
    [200, 0],
    [1, 2 ** 40 + 5],
    [4, 0],
  ]);
  const [text, zero] = [...fields(found[1]?.bytes ?? new Uint8Array())];
  expect(new TextDecoder().decode(text?.bytes)).toBe("Größe");
  expect(zero).toMatchObject({ number: 3, value: 0 });
});

test("the encoding is protobuf's own", () => {
  // The examples of protobuf.dev/programming-guides/encoding: field 1 = 150, field 2 = "testing".
  expect(new Message().number(1, 150).text(2, "testing").encode()).toEqual(
    Uint8Array.of(0x08, 0x96, 0x01, 0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67),
  );
});

test("a message that is cut off is refused", () => {
  const whole = new Message().number(1, 300).text(2, "some text").encode();
  for (const length of [1, 2, 4, 8, whole.length - 1])
    expect(() => [...fields(whole.subarray(0, length))]).toThrow(RangeError);
  expect(() => [...fields(Uint8Array.of(0x0b))]).toThrow("wire type 3");
});
