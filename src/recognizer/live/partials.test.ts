import { expect, test } from "bun:test";
import { SAMPLE_RATE } from "../../engine/settings.ts";
import type { TimedWord } from "../word-times.ts";
import { Partials } from "./partials.ts";

const PACE = SAMPLE_RATE / 2;
const second = (n: number) => n * SAMPLE_RATE;

/** Words of half a second, one after the other. */
function words(text: string): TimedWord[] {
  return text.split(" ").map((word, i) => {
    const token = { id: i, text: ` ${word}`, p: 1, logp: 0 };
    return { text: word, spaced: true, tokens: [token], spoken: [token], from: i / 2, to: (i + 1) / 2, confidence: 1 };
  });
}

const texts = (of: readonly TimedWord[] | undefined) => of?.map(({ text }) => text).join(" ");

/** Partials whose decodes end when the test says so. */
function open() {
  const shown: string[] = [];
  const decodes: {
    settled: readonly TimedWord[];
    signal: AbortSignal;
    end: PromiseWithResolvers<TimedWord[] | undefined>;
  }[] = [];
  const partials = new Partials({
    decode(_span, settled, signal) {
      const end = Promise.withResolvers<TimedWord[] | undefined>();
      decodes.push({ settled, signal, end });
      return end.promise;
    },
    partial: ({ words: all, settled }) => shown.push(`${all.map(({ text }) => text).join(" ")} | ${settled}`),
  });
  const consider = (to: number) => partials.consider({ from: 0, to: second(to) }, second(to), PACE);
  async function end(result: TimedWord[] | undefined): Promise<void> {
    decodes.at(-1)?.end.resolve(result);
    await Bun.sleep(0);
  }
  return { partials, shown, decodes, consider, end };
}

test("one is in work at a time, and the next needs new speech", async () => {
  const { decodes, consider, end } = open();
  consider(0.1);
  expect(decodes.length).toBe(0);
  consider(1);
  consider(9);
  expect(decodes.length).toBe(1);
  await end(words("ask"));
  consider(1.2);
  expect(decodes.length).toBe(1);
  consider(9);
  expect(decodes.length).toBe(2);
});

test("what two agree on begins the next", async () => {
  const { partials, shown, decodes, consider, end } = open();
  consider(5);
  await end(words("ask not what"));
  consider(10);
  await end(words("ask not what your"));
  consider(15);
  expect(texts(decodes.at(-1)?.settled)).toBe("ask not what");
  expect(shown).toEqual(["ask not what | 0", "ask not what your | 3"]);
  expect(texts(partials.settled)).toBe("ask not what");
});

test("one that is stopped is not shown, and keeps what is settled", async () => {
  const { partials, shown, decodes, consider, end } = open();
  consider(5);
  await end(words("ask not what"));
  consider(10);
  await end(words("ask not what your"));
  consider(15);
  partials.stop();
  await end(words("ask not what your country"));
  expect(decodes.at(-1)?.signal.aborted).toBe(true);
  expect(shown.length).toBe(2);
  expect(texts(partials.settled)).toBe("ask not what");
  partials.reset();
  expect(partials.settled).toEqual([]);
});

test("doubtful ones are not shown", async () => {
  const { shown, consider, end } = open();
  consider(5);
  await end(undefined);
  expect(shown).toEqual([]);
});

test("a cut takes its words with it", async () => {
  const { partials, consider, end } = open();
  consider(5);
  await end(words("ask not what your"));
  consider(10);
  await end(words("ask not what your"));
  const { settled, isSettled } = partials.close(second(1));
  expect(texts(settled)).toBe("ask not");
  expect(isSettled).toBe(true);
  expect(texts(partials.settled)).toBe("what");
  expect(partials.close(second(9)).isSettled).toBe(false);
});

test("a window that is too long for the engine is left to the final", () => {
  const { decodes, consider } = open();
  consider(31);
  expect(decodes.length).toBe(0);
});
