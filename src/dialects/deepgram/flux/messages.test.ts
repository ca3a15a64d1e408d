import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Messages } from "./messages.ts";
import type { Turn } from "./turns.ts";

const golden = (name: string) => readFileSync(join(import.meta.dir, "../golden", `flux.${name}.golden`), "utf8").trim();

test("every message is word for word as it is documented, and counted", () => {
  let hints: string[] | undefined;
  const messages = new Messages("8c5f2a0e-5d8b-4b7e-9f61-0a3c2f1d7b11", () => hints);
  expect(messages.connected()).toBe(golden("connected"));
  const hello = [{ text: "hello", from: 0.4, to: 0.8, confidence: 0.98 }];
  const update: Turn = { event: "Update", index: 0, from: 0, to: 1.2, words: hello, confidence: 0.12 };
  expect(messages.turn(update, hello)).toBe(golden("update"));
  const berlin = [
    { text: "Hello,", from: 0.4, to: 0.8, confidence: 0.98, language: "de" },
    { text: "Berlin.", from: 0.8, to: 1.3, confidence: 0.9, language: "de" },
  ];
  // Nothing is said of languages where none was heard, and none is expected.
  hints = [];
  const sequence = (message: string) => message.replace(/"sequence_id":\d+/, '"sequence_id":1');
  expect(sequence(new Messages("8c5f2a0e-5d8b-4b7e-9f61-0a3c2f1d7b11", () => hints).turn(update, hello))).toBe(
    golden("update"),
  );
  hints = ["de", "en"];
  const end: Turn = { ...update, event: "EndOfTurn", to: 1.6, words: berlin, confidence: 0.8, trigger: "model" };
  expect(messages.turn(end, berlin)).toBe(golden("end-of-turn"));
  hints = [];
  const thresholds = { endOfTurn: 0.8, eager: 0.5, timeout: 5000 };
  expect(messages.configured(thresholds, [])).toBe(golden("configured"));
  expect(messages.notConfigured()).toBe(golden("not-configured"));
  expect(messages.error("UNPARSABLE_CLIENT_MESSAGE", "Could not deserialize last text message")).toBe(golden("error"));
  hints = ["de"];
  expect(JSON.parse(messages.configured(thresholds, ["Berlin"]))).toMatchObject({
    keyterms: ["Berlin"],
    language_hints: ["de"],
    sequence_id: 6,
  });
});
