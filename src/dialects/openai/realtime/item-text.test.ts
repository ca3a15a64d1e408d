import { describe, expect, test } from "bun:test";
import { ended, final, finalized, open, partial, piece, started } from "./testing.ts";

describe("live words", () => {
  test("are told when they have settled, and the final adds the rest", () => {
    const { take, lines } = open({ isLive: true });
    take(
      started(0),
      partial(0, " And so my", 0),
      partial(0, " And so my fellow", 2),
      partial(0, " And so my fellow", 2),
    );
    expect(lines()).toEqual(["speech_started A 700", "delta A And so"]);
    take(partial(0, " And so my fellow Americans", 4), ended(0), final(0, " And so my fellow Americans."));
    expect(lines()).toEqual([
      "delta A  my fellow",
      "speech_stopped A 3000",
      "committed A",
      "added A",
      "done A",
      "delta A  Americans.",
      "completed A And so my fellow Americans.",
    ]);
  });

  test("go on in the next piece of a long turn", () => {
    const { take, lines } = open({ isLive: true });
    take(
      started(0),
      partial(0, " One two three", 2),
      piece(0, " One two three,"),
      partial(0, " four five", 1),
      ended(0),
    );
    take(final(0, " four five."));
    expect(lines().filter((line) => /^(delta|completed)/.test(line))).toEqual([
      "delta A One two",
      "delta A  three,",
      "delta A  four",
      "delta A  five.",
      "completed A One two three, four five.",
    ]);
  });

  test("stand when the final does not begin with them: all deltas are the transcript", () => {
    const { take, lines } = open({ isLive: true });
    take(started(0), partial(0, " One two three", 2), ended(0), final(0, " Won too three four"));
    expect(lines().filter((line) => /^(delta|completed)/.test(line))).toEqual([
      "delta A One two",
      "delta A  three four",
      "completed A One two three four",
    ]);
    take(started(1), partial(1, " One two three", 2), ended(1), final(1));
    expect(lines().at(-1)).toBe("completed B One two");
  });

  test("come before the commit that makes them an item, under its id", () => {
    const { items, take, lines } = open({ isLive: true, prefix: undefined });
    take(started(0), partial(0, " One two three", 2));
    items.commit(3);
    take(finalized(0), ended(0), final(0, " One two three."));
    expect(lines()).toEqual([
      "delta A One two",
      "committed A",
      "added A",
      "done A",
      "delta A  three.",
      "completed A One two three.",
    ]);
  });
});

test("log-probabilities are those of the tokens told, no more and no fewer", () => {
  const { take, said } = open({ isLive: true, wantsLogprobs: true });
  take(started(0), partial(0, " One two three", 2), ended(0), final(0, " One two three four"));
  const told = said.flatMap(({ logprobs }) =>
    logprobs ? [(logprobs as { token: string }[]).map(({ token }) => token)] : [],
  );
  expect(told).toEqual([
    [" One", " two"],
    [" three", " four"],
    [" One", " two", " three", " four"],
  ]);
  expect(said.at(-1)?.logprobs).toContainEqual({ token: " One", logprob: -0.5, bytes: [32, 79, 110, 101] });
});
