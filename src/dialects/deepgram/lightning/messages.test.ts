import { expect, test } from "bun:test";
import { errorMessage, greeting, resultsMessage } from "./messages.ts";

const facts = { requestId: "r", utteranceId: "u", model: "/models/small-q8_0", rate: 16_000 };
const now = new Date("2024-01-01T12:34:56.789Z");

test("the greeting", () => {
  expect(greeting(facts)).toBe(
    '{"type":"metadata","request_id":"r","model":"small-q8_0","quantization":"8bit","sample_rate":16000}',
  );
});

test("a result", () => {
  const words = [
    { text: "Partial", from: 1.2, to: 1.6, confidence: 0.92 },
    { text: "text.", from: 2, to: 4.6, confidence: 0.9 },
  ];
  expect(resultsMessage(facts, words, false, now)).toBe(
    '{"type":"Results","request_id":"r","channel_index":0,"utterance_id":"u","start":1.2,"duration":3.4,"is_final":false,"speech_final":false,' +
      '"channel":{"alternatives":[{"transcript":"Partial text.","confidence":0.92,"words":[' +
      '{"word":"partial","start":1.2,"end":1.6,"confidence":0.92,"punctuated_word":"Partial"},' +
      '{"word":"text","start":2.0,"end":4.6,"confidence":0.9,"punctuated_word":"text."}]}]},' +
      '"timestamp":"2024-01-01T12:34:56.789000+00:00"}',
  );
});

test("the final one of a stream without speech", () => {
  expect(resultsMessage(facts, [], true, now)).toBe(
    '{"type":"Results","request_id":"r","channel_index":0,"utterance_id":"u","start":0.0,"duration":0.0,"is_final":true,"speech_final":true,' +
      '"channel":{"alternatives":[{"transcript":"","confidence":null,"words":[]}]},"timestamp":"2024-01-01T12:34:56.789000+00:00"}',
  );
});

test("a complaint", () => {
  expect(errorMessage("Invalid JSON control message")).toBe(
    '{"type":"error","error":"Invalid JSON control message","code":400}',
  );
});
