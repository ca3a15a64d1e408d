import { expect, test } from "bun:test";
import { readLightning } from "./control.ts";

const read = (message: object) => readLightning(JSON.stringify(message));

test("start says the rate and the language, where it says them", () => {
  expect(read({ type: "start", config: { sample_rate: 16_000, language: "en" } })).toEqual({
    type: "start",
    rate: 16_000,
    language: "en",
  });
  expect(read({ type: "START" })).toEqual({ type: "start" });
  expect(read({ type: "start", config: { language: null, sample_rate: null } })).toEqual({ type: "start" });
});

test.each(["stop", "end", "finalize", "Finalize", "CloseStream", "ListenV1Finalize"])("%s ends", (type) => {
  expect(read({ type })).toEqual({ type: "end" });
});

test.each(["ping", "KeepAlive", "ListenV1KeepAlive"])("%s changes nothing", (type) => {
  expect(read({ type })).toEqual({ type: "nothing" });
});

test("audio may come as base64", () => {
  expect(read({ type: "audio", value: { data: "AAEC" } })).toEqual({ type: "audio", bytes: new Uint8Array([0, 1, 2]) });
});

test.each<[string, string]>([
  ["no JSON", "Invalid JSON control message"],
  ["[1]", "Invalid JSON control message"],
  ['{"type":"Sing"}', "Unsupported control message type: sing"],
  ["{}", "Unsupported control message type: undefined"],
  ['{"type":"start","config":{"sample_rate":"fast"}}', "sample_rate must be a whole number from 8000 to 192000"],
  ['{"type":"start","config":{"language":7}}', "language must be a text"],
  ['{"type":"audio","value":{"data":"a$b"}}', "data must be base64"],
  ['{"type":"audio"}', "data must be base64"],
])("%s is refused", (message, error) => {
  expect(readLightning(message)).toEqual({ type: "wrong", error });
});
