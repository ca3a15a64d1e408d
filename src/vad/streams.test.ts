import { describe, expect, test } from "bun:test";
import { CONTEXT_SAMPLES, HIDDEN, ROW_SAMPLES } from "./silero.ts";
import { FRAME_SAMPLES } from "./speech.ts";
import { type Answer, type Batch, Streams } from "./streams.ts";

/**
 * A network whose answer tells what went in: it counts each stream's frames in its memory, and its probability is the count plus the first
 * sample of the context times 1000. It notes the shape of every run.
 */
function countingNetwork() {
  const runs: { frames: number; streams: number }[] = [];
  const run = (frames: number, streams: number, batch: Batch) => {
    runs.push({ frames, streams });
    for (let s = 0; s < streams; s++) {
      let count = batch.hidden[s * HIDDEN] as number;
      for (let f = 0; f < frames; f++) {
        const row = f * streams + s;
        batch.probabilities[row] = ++count + 1000 * (batch.rows[row * ROW_SAMPLES] as number);
      }
      batch.hiddenAfter.fill(count, s * HIDDEN, (s + 1) * HIDDEN);
      batch.cellAfter.fill(-count, s * HIDDEN, (s + 1) * HIDDEN);
    }
  };
  return { runs, run };
}

/** Frames that are all one value. */
function frames(count: number, value = 0.5): Float32Array {
  return new Float32Array(count * FRAME_SAMPLES).fill(value);
}

function drain(streams: Streams): Answer[] {
  const answers: Answer[] = [];
  while (streams.busy) answers.push(...streams.step());
  return answers;
}

describe("streams", () => {
  test("keep their memories and contexts apart", () => {
    const { run } = countingNetwork();
    const streams = new Streams(run);
    streams.push(1, 10, frames(2, 0.25));
    streams.push(2, 20, frames(1, 0.5));
    drain(streams);
    streams.push(2, 21, frames(1, 0.5));
    streams.push(1, 11, frames(1, 0.25));
    const answers = new Map(drain(streams).map(({ ticket, probabilities }) => [ticket, [...probabilities]]));
    expect(answers.get(21)).toEqual([502]);
    expect(answers.get(11)).toEqual([253]);
  });

  test("run together, as many frames at once as all of them have", () => {
    const { runs, run } = countingNetwork();
    const streams = new Streams(run);
    for (let id = 0; id < 10; id++) streams.push(id, id, frames(id === 0 ? 5 : 2));
    const answers = drain(streams);
    expect(runs).toEqual([
      { frames: 2, streams: 10 },
      { frames: 3, streams: 1 },
    ]);
    expect(answers.length).toBe(10);
    for (const { ticket, probabilities } of answers) expect(probabilities.length).toBe(ticket === 0 ? 5 : 2);
  });

  test("beyond a full batch take turns", () => {
    const { runs, run } = countingNetwork();
    const streams = new Streams(run);
    for (let id = 0; id < 150; id++) streams.push(id, id, frames(1));
    const answers = drain(streams);
    expect(runs.map((one) => one.streams)).toEqual([64, 64, 22]);
    expect(answers.map(({ ticket }) => ticket).sort((a, b) => a - b)).toEqual(Array.from({ length: 150 }, (_, i) => i));
  });

  test("live audio overtakes a file, files share what is left", () => {
    const { runs, run } = countingNetwork();
    const streams = new Streams(run);
    streams.push(1, 1, frames(200));
    streams.push(2, 2, frames(200));
    streams.step();
    streams.push(3, 3, frames(1));
    expect(streams.step().map(({ ticket }) => ticket)).toEqual([3]);
    expect(runs).toEqual([
      { frames: 64, streams: 1 },
      { frames: 1, streams: 1 },
    ]);
    streams.step();
    streams.step();
    // After two blocks of the second file and one of the first both need two more: neither waits for the other's end.
    const finished = drain(streams).map(({ ticket }) => ticket);
    expect(finished.sort()).toEqual([1, 2]);
    expect(runs.length).toBe(2 + 3 + 4);
  });

  test("a file's answer does not depend on what ran between its blocks", () => {
    const alone = new Streams(countingNetwork().run);
    alone.push(1, 1, frames(150, 0.1));
    const [expected] = drain(alone);
    const mixed = new Streams(countingNetwork().run);
    mixed.push(1, 1, frames(150, 0.1));
    const answers: Answer[] = [];
    for (let round = 0; mixed.busy; round++) {
      if (round < 20) mixed.push(100 + (round % 3), 1000 + round, frames(1 + (round % 4), 0.9));
      answers.push(...mixed.step());
    }
    expect(answers.find(({ ticket }) => ticket === 1)).toEqual(expected as Answer);
  });

  test("a finished stream leaves nothing behind", () => {
    const streams = new Streams(countingNetwork().run);
    streams.push(1, 1, frames(100));
    streams.push(2, 2, frames(100));
    streams.end(1, "now");
    streams.end(2, "afterwards");
    expect(streams.size).toBe(1);
    expect(drain(streams).map(({ ticket }) => ticket)).toEqual([2]);
    expect(streams.size).toBe(0);
    streams.end(3, "now");
    streams.push(2, 4, frames(1));
    expect([...(drain(streams)[0]?.probabilities ?? [])]).toEqual([1]);
  });

  test("samples that are no sound count as silence and do no harm to what follows", () => {
    let seen = new Float32Array();
    const streams = new Streams((count, _streams, batch) => {
      seen = batch.rows.slice(0, count * ROW_SAMPLES);
    });
    const pcm = frames(2, 0.5);
    pcm.set([Number.NaN, Number.POSITIVE_INFINITY, 1e30, 3], FRAME_SAMPLES - 4);
    streams.push(1, 1, pcm);
    drain(streams);
    expect([...seen.subarray(ROW_SAMPLES - 5, ROW_SAMPLES)]).toEqual([0.5, 0, 0, 0, 3]);
    expect([...seen.subarray(ROW_SAMPLES + CONTEXT_SAMPLES - 5, ROW_SAMPLES + CONTEXT_SAMPLES)]).toEqual([
      0.5, 0, 0, 0, 3,
    ]);
  });

  test("the network rests in long digital silence", () => {
    const { runs, run } = countingNetwork();
    const streams = new Streams(run);
    const pcm = frames(10_000, 0);
    pcm[9_000 * FRAME_SAMPLES + 5] = 0.1;
    streams.push(1, 1, pcm);
    const [answer] = drain(streams);
    expect(answer?.probabilities.length).toBe(10_000);
    const ran = runs.reduce((sum, one) => sum + one.frames, 0);
    expect(ran).toBeGreaterThanOrEqual(126);
    expect(ran).toBeLessThan(500);
    expect(answer?.probabilities[8_999]).toBe(answer?.probabilities[1_000] as number);
    expect(answer?.probabilities[9_000]).toBe((answer?.probabilities[8_999] as number) + 1);
  });
});
