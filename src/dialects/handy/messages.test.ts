import { expect, test } from "bun:test";
import { readMessage, textMessage } from "./messages.ts";

test("what a client says", () => {
  expect(readMessage('{"type":"stop"}')).toEqual({ type: "stop" });
  expect(readMessage('{"language":null,"task":"transcribe","beam_size":1}')).toEqual({
    type: "config",
    config: { language: null, task: "transcribe", beams: 1 },
  });
  expect(readMessage('{"beam_size":5}')).toEqual({ type: "config", config: { beams: 5 } });
  expect(readMessage('{"speed":5}')).toEqual({ type: "config", config: {} });
});

test.each(["", "stop", "[1]", "null", '"stop"', "{"])("%j means nothing", (message) => {
  expect(readMessage(message)).toBeUndefined();
});

test("what a client is told", () => {
  expect(textMessage("partial", "Hello world...")).toBe('{"type": "partial", "text": "Hello world..."}');
  expect(textMessage("final", "")).toBe('{"type": "final", "text": ""}');
});
