/**
 * The streams of the VAD thread and which of their frames run next. Frames of many streams go through the network together. Live audio comes
 * first: a long push (a file) advances only while no live stream waits, by a block short enough (about half a millisecond) to keep nobody waiting.
 */
import { CONTEXT_SAMPLES, HIDDEN, ROW_SAMPLES } from "./silero.ts";
import { FRAME_SAMPLES } from "./speech.ts";

/** Arrays for the largest batch; a smaller one uses the front of each. Row frame·streams+stream, state stream by stream. */
export interface Batch {
  rows: Float32Array;
  hidden: Float32Array;
  cell: Float32Array;
  probabilities: Float32Array;
  hiddenAfter: Float32Array;
  cellAfter: Float32Array;
}

/** Takes `frames` frames of each of `streams` streams through the network. */
export type Network = (frames: number, streams: number, batch: Batch) => void;

/** The probabilities of one push, all at once. */
export interface Answer {
  ticket: number;
  probabilities: Float32Array;
}

interface Push extends Answer {
  /** Whole frames. */
  pcm: Float32Array;
  /** Frames that are done. */
  done: number;
}

interface Stream {
  id: number;
  queue: Push[];
  /** Forgotten as soon as its queue is empty. */
  ending: boolean;
  /** The samples before the next frame, and the network's memory. */
  context: Float32Array;
  hidden: Float32Array;
  cell: Float32Array;
  /** How many frames of digital silence the network has just seen, and what it thought of the last frame. */
  silence: number;
  last: number;
}

/** Rows of the largest batch: larger ones are hardly cheaper per frame. */
const MAX_ROWS = 64;

/** A longer push is a file's: one second. */
const LIVE_FRAMES = 31;

/** After this many frames of digital silence (4 s) the network rests until there is sound: its answer stays far below any threshold. */
const SETTLED_FRAMES = 125;

/** Frames of digital silence that are passed over in one step, so that scanning them keeps nobody waiting either. */
const MAX_SKIP = 4000;

/** No scale in use has samples as large; what is beyond or no number at all counts as silence. */
const LARGEST_SAMPLE = 1e6;

/** The queue of all streams. */
export class Streams {
  readonly #network: Network;
  readonly #streams = new Map<number, Stream>();
  readonly #live = new Set<Stream>();
  readonly #files = new Set<Stream>();
  readonly #batch: Batch = {
    rows: new Float32Array(MAX_ROWS * ROW_SAMPLES),
    hidden: new Float32Array(MAX_ROWS * HIDDEN),
    cell: new Float32Array(MAX_ROWS * HIDDEN),
    probabilities: new Float32Array(MAX_ROWS),
    hiddenAfter: new Float32Array(MAX_ROWS * HIDDEN),
    cellAfter: new Float32Array(MAX_ROWS * HIDDEN),
  };

  constructor(network: Network) {
    this.#network = network;
  }

  /** True while a push waits. */
  get busy(): boolean {
    return this.#live.size + this.#files.size > 0;
  }

  /** How many streams have a memory here. */
  get size(): number {
    return this.#streams.size;
  }

  /** Adds one or more whole frames at the end of a stream; an unknown id is a new stream. */
  push(id: number, ticket: number, pcm: Float32Array): void {
    let stream = this.#streams.get(id);
    if (!stream) {
      stream = {
        id,
        queue: [],
        ending: false,
        context: new Float32Array(CONTEXT_SAMPLES),
        hidden: new Float32Array(HIDDEN),
        cell: new Float32Array(HIDDEN),
        silence: 0,
        last: 0,
      };
      this.#streams.set(id, stream);
    }
    stream.queue.push({ ticket, pcm, done: 0, probabilities: new Float32Array(pcm.length / FRAME_SAMPLES) });
    if (stream.queue.length === 1) this.#line(stream);
  }

  /** Forgets a stream: once its queue is done, or at once, and its queue with it. */
  end(id: number, when: "afterwards" | "now"): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    stream.ending = true;
    if (when === "now") stream.queue = [];
    if (stream.queue.length === 0) this.#line(stream);
  }

  /** Does one batch and returns the pushes that it finished. */
  step(): Answer[] {
    const answers: Answer[] = [];
    const [lane, most] = this.#live.size > 0 ? [this.#live, MAX_ROWS] : [this.#files, 1];
    const chosen: Stream[] = [];
    // Streams go to the end of their lane on the way, where they would come round again.
    let left = lane.size;
    for (const stream of lane) {
      if (left-- === 0) break;
      if (this.#skipSilence(stream, answers)) continue;
      if (chosen.push(stream) === most) break;
    }
    if (chosen.length > 0) this.#run(chosen, answers);
    return answers;
  }

  /** Puts a stream at the end of the lane that its next push belongs to. */
  #line(stream: Stream): void {
    this.#live.delete(stream);
    this.#files.delete(stream);
    const next = stream.queue[0];
    if (next) (next.probabilities.length > LIVE_FRAMES ? this.#files : this.#live).add(stream);
    else if (stream.ending) this.#streams.delete(stream.id);
  }

  /** Answers frames that need no network; true when the stream has had its turn with that. */
  #skipSilence(stream: Stream, answers: Answer[]): boolean {
    const push = stream.queue[0];
    if (!push || stream.silence < SETTLED_FRAMES) return false;
    const from = push.done;
    const to = Math.min(push.probabilities.length, from + MAX_SKIP);
    push.done = from + silentFrames(push.pcm, from, to);
    if (push.done === from) return false;
    push.probabilities.fill(stream.last, from, push.done);
    this.#advance(stream, answers);
    return true;
  }

  #run(chosen: Stream[], answers: Answer[]): void {
    const batch = this.#batch;
    let frames = Math.floor(MAX_ROWS / chosen.length);
    for (const { queue } of chosen) {
      const push = queue[0] as Push;
      frames = Math.min(frames, push.probabilities.length - push.done);
    }
    for (const [s, stream] of chosen.entries()) {
      batch.hidden.set(stream.hidden, s * HIDDEN);
      batch.cell.set(stream.cell, s * HIDDEN);
      for (let f = 0; f < frames; f++) this.#fillRow(stream, f, (f * chosen.length + s) * ROW_SAMPLES);
    }
    this.#network(frames, chosen.length, batch);
    for (const [s, stream] of chosen.entries()) {
      stream.hidden.set(batch.hiddenAfter.subarray(s * HIDDEN, (s + 1) * HIDDEN));
      stream.cell.set(batch.cellAfter.subarray(s * HIDDEN, (s + 1) * HIDDEN));
      const push = stream.queue[0] as Push;
      for (let f = 0; f < frames; f++) {
        stream.last = batch.probabilities[f * chosen.length + s] as number;
        push.probabilities[push.done++] = stream.last;
      }
      this.#advance(stream, answers);
    }
  }

  /** Writes the context and the `ahead`-th frame from now to a row; the frame's end becomes the next context. */
  #fillRow(stream: Stream, ahead: number, at: number): void {
    const { rows } = this.#batch;
    const push = stream.queue[0] as Push;
    const from = (push.done + ahead) * FRAME_SAMPLES;
    rows.set(stream.context, at);
    rows.set(push.pcm.subarray(from, from + FRAME_SAMPLES), at + CONTEXT_SAMPLES);
    const row = rows.subarray(at + CONTEXT_SAMPLES, at + ROW_SAMPLES);
    let level = 0;
    for (let i = 0; i < FRAME_SAMPLES; i++) level += Math.abs(row[i] as number);
    stream.silence = level === 0 ? stream.silence + 1 : 0;
    if (!(level < LARGEST_SAMPLE)) silenceWildSamples(row);
    stream.context.set(row.subarray(FRAME_SAMPLES - CONTEXT_SAMPLES));
  }

  /** Takes a finished push off the queue and gives the others a turn before this stream's next one. */
  #advance(stream: Stream, answers: Answer[]): void {
    const push = stream.queue[0] as Push;
    if (push.done === push.probabilities.length) {
      stream.queue.shift();
      answers.push({ ticket: push.ticket, probabilities: push.probabilities });
    }
    this.#line(stream);
  }
}

/** How many frames from `from` on, up to `to`, are digital silence. */
function silentFrames(pcm: Float32Array, from: number, to: number): number {
  const start = from * FRAME_SAMPLES;
  const end = to * FRAME_SAMPLES;
  let at = start;
  while (at < end && pcm[at] === 0) at++;
  return Math.floor((at - start) / FRAME_SAMPLES);
}

function silenceWildSamples(row: Float32Array): void {
  for (let i = 0; i < row.length; i++) if (!(Math.abs(row[i] as number) < LARGEST_SAMPLE)) row[i] = 0;
}
