import { expect, test } from "bun:test";
import { timestampsOf } from "./parakeet-times.ts";

test("words and segments stand under their names in the singular and in the plural, with seconds and steps of 80 ms", () => {
  const rest = { tokens: [], temperature: 0, averageLogProbability: 0, noSpeechProbability: 0, compressionRatio: 1 };
  const words = [
    { text: "Hello", from: 0.2, to: 0.5, confidence: 1 },
    { text: "world.", from: 0.6049, to: 0.9, confidence: 1 },
  ];
  const segments = [{ text: " Hello world.", from: 0.2, to: 0.9, words, windowStart: 0, ...rest }];
  const found = timestampsOf({ channels: [{ segments }] });
  expect(JSON.stringify(found)).toBe(
    '{"word":[{"word":"Hello","text":"Hello","start":0.2,"end":0.5,"start_offset":3,"end_offset":6},' +
      '{"word":"world.","text":"world.","start":0.6,"end":0.9,"start_offset":8,"end_offset":11}],' +
      '"words":[{"word":"Hello","text":"Hello","start":0.2,"end":0.5,"start_offset":3,"end_offset":6},' +
      '{"word":"world.","text":"world.","start":0.6,"end":0.9,"start_offset":8,"end_offset":11}],' +
      '"segment":[{"segment":"Hello world.","text":"Hello world.","start":0.2,"end":0.9,"start_offset":3,"end_offset":11}],' +
      '"segments":[{"segment":"Hello world.","text":"Hello world.","start":0.2,"end":0.9,"start_offset":3,"end_offset":11}],' +
      '"char":[],"timestep":[]}',
  );
});
