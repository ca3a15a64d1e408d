import { describe, expect, test } from "bun:test";
import type { ItemsOwner } from "./items.ts";
import { discarded, ended, final, finalized, open, piece, started } from "./testing.ts";

describe("turns that the VAD finds", () => {
  test("have one id from their beginning to their end", () => {
    const { take, said } = open();
    take(started(0, 0.8, 0.28), ended(0, 2.12), final(0, " Hello world,", " this is a test."));
    expect(said as unknown[]).toEqual([
      { type: "input_audio_buffer.speech_started", audio_start_ms: 500, item_id: "item_A" },
      { type: "input_audio_buffer.speech_stopped", audio_end_ms: 2120, item_id: "item_A" },
      { type: "input_audio_buffer.committed", previous_item_id: null, item_id: "item_A" },
      ...["added", "done"].map((step) => ({
        type: `conversation.item.${step}`,
        previous_item_id: null,
        item: {
          id: "item_A",
          type: "message",
          status: "completed",
          role: "user",
          content: [{ type: "input_audio", transcript: null }],
        },
      })),
      // One, as whisper-1 has it: its clients may take a delta for the whole.
      {
        type: "conversation.item.input_audio_transcription.delta",
        item_id: "item_A",
        content_index: 0,
        delta: "Hello world, this is a test.",
      },
      {
        type: "conversation.item.input_audio_transcription.completed",
        item_id: "item_A",
        content_index: 0,
        transcript: "Hello world, this is a test.",
        usage: { type: "duration", seconds: 2 },
      },
    ]);
  });

  test("begin no earlier than the audio, or than the last one's end", () => {
    const { take, lines } = open({ prefix: 2000 });
    take(started(0, 1, 0.5), ended(0), started(1, 4, 2.8), ended(1, 6), started(2, 9, 6.5));
    expect(lines().filter((line) => line.startsWith("speech_started"))).toEqual([
      "speech_started A 500",
      "speech_started B 3000",
      "speech_started C 7000",
    ]);
  });

  test("may begin before the last one is written down; each item's text is its own", () => {
    const { take, lines, said } = open();
    take(started(0), ended(0), started(1), final(0, " One."), ended(1, 5));
    expect(said.filter(({ type }) => type.endsWith("committed")).map((event) => event.previous_item_id)).toEqual([
      null,
      "item_A",
    ]);
    take(final(1, " Two."));
    expect(lines().slice(-4)).toEqual(["added B", "done B", "delta B Two.", "completed B Two."]);
  });

  test("that are long come in pieces, which wait for the turn to be over", () => {
    const { take, lines } = open();
    take(started(0), piece(0, " First piece,"));
    expect(lines()).toEqual(["speech_started A 700"]);
    take(ended(0, 40), final(0, " second."));
    expect(lines().slice(-3)).toEqual(["delta A First piece,", "delta A  second.", "completed A First piece, second."]);
  });

  test("are ended by a commit without being stopped, and by a stall with", () => {
    const { items, take, lines } = open();
    take(started(0));
    items.commit(2);
    take(finalized(0, 2), ended(0, 2), final(0, " Half."));
    expect(lines()).toEqual([
      "speech_started A 700",
      "committed A",
      "added A",
      "done A",
      "delta A Half.",
      "completed A Half.",
    ]);
    take(started(1, 5, 4.5));
    expect(items.isTurnOpen).toBe(true);
    items.flush();
    take(finalized(1, 6), ended(1, 6), final(1, " Gone."));
    expect(lines().slice(0, 3)).toEqual(["speech_started B 4700", "speech_stopped B 6000", "committed B"]);
    // Nobody spoke when the stall came: nothing is told.
    items.flush();
    take(finalized(2), final(2));
    expect(lines()).toEqual([]);
    expect(items.isTurnOpen).toBe(false);
  });

  test("and a commit outside of any is an item without text", () => {
    const { items, take, lines, said } = open();
    take(started(0), ended(0, 3), final(0, " One."));
    items.commit(4.5);
    take(finalized(1, 4.5), final(1));
    expect(said.at(-1)).toMatchObject({ item_id: "item_B", transcript: "", usage: { type: "duration", seconds: 2 } });
    expect(lines().slice(-4)).toEqual(["committed B", "added B", "done B", "completed B "]);
  });

  test("are forgotten by a clear", () => {
    const { items, take, lines } = open();
    take(started(0), piece(0, " Not"));
    items.clear(2);
    take(discarded(0), ended(0, 2, true), piece(0, " this."), started(1), ended(1), final(1, " But this."));
    expect(lines()).toEqual([
      "speech_started A 700",
      "cleared",
      "speech_started B 1000",
      "speech_stopped B 3000",
      "committed B",
      "added B",
      "done B",
      "delta B But this.",
      "completed B But this.",
    ]);
    expect(items.uncommitted(4)).toBe(1);
  });

  test("end with a failure where there was one, and the next goes on", () => {
    const { take, said } = open();
    take(started(0), ended(0), { type: "error", code: "engine-failed", message: "It died.", utterance: 0 }, final(0));
    expect(said.at(-1) as unknown).toEqual({
      type: "conversation.item.input_audio_transcription.failed",
      item_id: "item_A",
      content_index: 0,
      error: {
        type: "server_error",
        code: null,
        message: "Input transcription failed for item 'item_A'.",
        param: null,
      },
    });
    take(started(1), ended(1), final(1, " Fine."));
    expect(said.at(-1)).toMatchObject({ transcript: "Fine." });
    expect(said.filter(({ type }) => /completed|failed/.test(type))).toHaveLength(2);
  });
});

describe("what the client commits", () => {
  const manual = (own: Partial<ItemsOwner> = {}) => open({ prefix: undefined, ...own });

  test("is one item, however many utterances it holds", () => {
    const { items, take, lines } = manual();
    take(started(0), piece(0, " One,"), started(1));
    items.commit(30);
    items.commit(30.2);
    take(finalized(1), ended(1), finalized(2));
    take(final(1, " two."), final(2));
    expect(lines()).toEqual([
      "committed A",
      "added A",
      "done A",
      "delta A One,",
      "committed B",
      "added B",
      "done B",
      "delta A  two.",
      "completed A One, two.",
      "completed B ",
    ]);
  });

  test("is told in the beta's events to the beta's clients", () => {
    const { items, take, said } = manual({ shape: "beta" });
    items.commit(1);
    take(finalized(0), final(0, " Hi."));
    expect(said.map(({ type }) => type.split(".").slice(-2).join("."))).toEqual([
      "input_audio_buffer.committed",
      "item.created",
      "input_audio_transcription.delta",
      "input_audio_transcription.completed",
    ]);
    expect(said[1]).toMatchObject({ previous_item_id: null, item: { object: "realtime.item", id: "item_A" } });
  });

  test("and cleared is answered in that order, and what was cleared is in no item", () => {
    const { items, take, lines } = manual();
    take(started(0), piece(0, " Old"));
    items.clear(10);
    items.commit(12);
    take(discarded(0), piece(0, " words."), started(1), finalized(1), final(1, " New words."));
    expect(lines()).toEqual([
      "cleared",
      "committed A",
      "added A",
      "done A",
      "delta A New words.",
      "completed A New words.",
    ]);
  });

  test("what is said meanwhile waits for the answers", () => {
    const { items, take } = manual();
    const order: string[] = [];
    items.afterwards(() => order.push("at once"));
    items.commit(1);
    items.afterwards(() => order.push("later"));
    expect(order).toEqual(["at once"]);
    take(finalized(0));
    expect(order).toEqual(["at once", "later"]);
  });

  test("ends once, also when the session ends", () => {
    const { items, take, said } = manual();
    const order: string[] = [];
    items.commit(1);
    take(finalized(0));
    items.commit(2);
    items.afterwards(() => order.push("said"));
    items.end();
    expect(said.filter(({ type }) => type.endsWith("failed")).map(({ item_id }) => item_id)).toEqual(["item_A"]);
    expect(order).toEqual(["said"]);
  });

  test("after the VAD was switched on, an utterance that began before is a turn too", () => {
    const { take, lines, owner } = manual();
    take(started(0));
    owner.prefix = 300;
    take(ended(0, 2), final(0, " Across."));
    expect(lines()).toEqual([
      "speech_started A 0",
      "speech_stopped A 2000",
      "committed A",
      "added A",
      "done A",
      "delta A Across.",
      "completed A Across.",
    ]);
  });
});
