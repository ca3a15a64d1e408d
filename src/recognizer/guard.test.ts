import { describe, expect, test } from "bun:test";
import type { Decoded } from "../engine/job.ts";
import { attempt } from "./attempts.ts";
import { doubts, withoutRepeats } from "./guard.ts";

/** A result as the engine gives it, its text cut into a token for each word. */
function result(text: string, more: Partial<Decoded> = {}): Decoded {
  const tokens = (text.match(/\s*\S+/g) ?? []).map((piece) => ({ id: 1, text: piece, p: 0.8, logp: Math.log(0.8) }));
  return {
    language: "en",
    noSpeechProbability: 0.01,
    averageLogProbability: -0.25,
    entropy: 3,
    temperature: 0,
    audioContext: 1500,
    truncated: false,
    text,
    segments: tokens.length === 0 ? [] : [{ from: 0, to: 10, text, tokens }],
    cost: { mel: 0, encode: 0, prompt: 0, decode: 0, times: 0 },
    steps: tokens.length,
    ...more,
  };
}
const SENTENCE = " He would not be rid of his affliction, and nobody could tell him what it was.";

describe("what is doubted", () => {
  test("nothing about plain speech, fast or slow", () => {
    for (const seconds of [3, 5, 15]) expect(doubts(result(SENTENCE), seconds)).toEqual([]);
    expect(doubts(result(" Yes."), 0.6)).toEqual([]);
    expect(doubts(result(" No, no, no, no."), 1.5)).toEqual([]);
    expect(doubts(result("我们在这个城市住了很多年"), 4)).toEqual([]);
  });

  test("a text that stops long before the speech does, or is none", () => {
    expect(doubts(result(" He would"), 12)).toEqual(["short"]);
    expect(doubts(result(""), 1)).toEqual(["short"]);
    expect(doubts(result(" ♪"), 0.5)).toEqual(["short"]);
    expect(doubts(result(" (dramatic music)"), 0.5)).toEqual(["short"]);
    expect(doubts(result(" ..."), 0.5)).toEqual(["short"]);
  });

  test("more than anybody can say", () => expect(doubts(result(SENTENCE), 1)).toEqual(["fast"]));

  test("a loop", () => {
    const loop = result(SENTENCE + " and so on".repeat(20), { truncated: true });
    expect(doubts(loop, 25)).toEqual(["truncated", "repeats"]);
  });

  test("what the model itself is unsure of", () =>
    expect(doubts(result(SENTENCE, { averageLogProbability: -1.1 }), 5)).toEqual(["unsure"]));
});

describe("loops", () => {
  test("are cut to one round where they never end, or go faster than speech", () => {
    const endless = result(`${SENTENCE} Thank you.${" Thank you.".repeat(30)}`, { truncated: true });
    const cut = withoutRepeats(endless, 10);
    expect(cut?.text).toBe(`${SENTENCE} Thank you.`);
    expect(cut?.segments[0]?.tokens.map(({ text }) => text).join("")).toBe(`${SENTENCE} Thank you.`);
    expect(withoutRepeats(result(" go".repeat(100)), 2)?.text).toBe(" go");
  });

  test("are left as they are where somebody says so", () => {
    expect(withoutRepeats(result(" No,".repeat(8)), 4)).toBeUndefined();
    expect(withoutRepeats(result(SENTENCE, { truncated: true }), 5)).toBeUndefined();
  });
});

describe("attempts", () => {
  /** Answers with the results in turn, and notes what was asked. */
  function engine(...results: Decoded[]) {
    const asked: object[] = [];
    return { asked, decode: (options: object) => Promise.resolve(results[asked.push(options) - 1] as Decoded) };
  }
  const short = { context: 748, speech: 5, temperature: 0, temperatureStep: 0.2 };
  const bad = result(" He", { averageLogProbability: -1.5 });

  test("one is enough for a result without doubts", async () => {
    const { asked, decode } = engine(result(SENTENCE));
    expect(await attempt(decode, short)).toEqual({ decoded: result(SENTENCE), doubts: [], trimmed: true });
    expect(asked).toEqual([{ audioContext: 748, temperature: 0 }]);
    expect(await attempt(engine(result(SENTENCE)).decode, { ...short, context: 1500 })).toMatchObject({
      trimmed: false,
    });
  });

  test("a doubted one is made again with the full context", async () => {
    const { asked, decode } = engine(bad, result(SENTENCE));
    const outcome = await attempt(decode, short);
    expect(outcome).toEqual({ decoded: result(SENTENCE), doubts: ["unsure", "short"], trimmed: true });
    expect(asked[1]).toEqual({ temperature: 0, suppressNonSpeech: false });
  });

  test("what the model calls a sound is none of speech", async () => {
    const { asked, decode } = engine(bad, result(" (laughs)"));
    const outcome = await attempt(decode, short);
    expect(outcome).toMatchObject({ decoded: { text: "", segments: [] }, dropped: "no-speech" });
    expect(asked).toHaveLength(2);
  });

  test("then the temperature rises, and the best of all is taken", async () => {
    const hot = result(SENTENCE, { temperature: 0.4 });
    const { asked, decode } = engine(bad, bad, hot);
    expect((await attempt(decode, short)).decoded).toBe(hot);
    expect(asked[2]).toEqual({ temperature: 0.2, temperatureStep: 0.2 });

    const better = result(" He would not", { averageLogProbability: -1.2 });
    expect((await attempt(engine(better, bad, bad).decode, short)).decoded).toBe(better);
  });

  test("but not where that is switched off", async () => {
    const { asked, decode } = engine(bad, bad);
    await attempt(decode, { ...short, temperatureStep: 0 });
    expect(asked).toHaveLength(2);
  });

  test("a window with more text than fits is given up at once, a loop is not", async () => {
    const long = result(`${SENTENCE} ${SENTENCE}`, { truncated: true });
    const { asked, decode } = engine(long);
    const roomy = { ...short, speech: 18, mayOverflow: true };
    expect(await attempt(decode, roomy)).toMatchObject({ overflows: true });
    expect(asked).toHaveLength(1);
    const loop = result(SENTENCE + " and so on".repeat(40), { truncated: true });
    expect(await attempt(engine(loop, result(SENTENCE)).decode, roomy)).not.toHaveProperty("overflows");
  });

  test("a loop at every temperature is cut, and that is told", async () => {
    const loop = result(SENTENCE + " and so on".repeat(40), { truncated: true });
    expect(await attempt(engine(loop, loop, loop).decode, short)).toMatchObject({
      decoded: { text: `${SENTENCE} and so on` },
      dropped: "repeats",
    });
  });

  test("silence at every temperature is told too", async () => {
    const nothing = result("", { noSpeechProbability: 0.9, averageLogProbability: -1.4 });
    expect(await attempt(engine(nothing, nothing, nothing).decode, short)).toMatchObject({
      decoded: { text: "" },
      dropped: "no-speech",
    });
  });
});
