/** The clients of the soak: microphones that never stop, on sockets of `/v1/listen`, and what they are told. */
import { benchClips, pcmOf, RATE } from "./clips.ts";
import { roomNoise } from "./live-speech.ts";
import { Attribution, type SpokenClip, verdict } from "./soak-figures.ts";

/** Samples of a message: 20 ms. */
const FRAME = RATE / 50;
/** Seconds of quiet between two clips. */
const GAP = 1.5;
const QUERY = "encoding=linear16&sample_rate=16000&channels=1&interim_results=true&endpointing=300";
/** Milliseconds that a server may take to close a stream that has said that it is over. */
const CLOSING = 60_000;

/** What a quarter of the run has counted. */
export interface Tally {
  clips: number;
  words: number;
  errors: number;
  /** Clips of which no word was told; clips with words told twice in a row; words told of audio that had been told. */
  lost: number;
  doubled: number;
  overlaps: number;
  /** Clips during which the client went away, which are not judged. */
  interrupted: number;
  /** Words told where nobody speaks. */
  invented: number;
  partials: number;
  /** Sockets that closed when nobody had asked for it. */
  broken: number;
  /** Milliseconds from the end of an utterance's last word to its final. */
  latencies: number[];
  /** What was lost or doubled, for whoever wants to look. */
  remarks: string[];
}

export function newTally(): Tally {
  const none = { clips: 0, words: 0, errors: 0, lost: 0, doubled: 0, overlaps: 0 };
  return { ...none, interrupted: 0, invented: 0, partials: 0, broken: 0, latencies: [], remarks: [] };
}

/** Adds what one counted to what another did. */
export function addTally(to: Tally, { latencies, remarks, ...counts }: Tally): void {
  for (const [name, count] of Object.entries(counts)) to[name as keyof typeof counts] += count;
  to.latencies = to.latencies.concat(latencies);
  to.remarks.push(...remarks);
}

/** Samples without end, as a microphone has them. */
interface Sound {
  next(): Int16Array;
  /** Clips that have begun since this was asked last; positions in seconds since `restart`. */
  begun(): SpokenClip[];
  /** The next sample is the first of a new stream. */
  restart(): void;
}

interface Recorded {
  name: string;
  samples: Int16Array;
  reference: string;
}

function toInt16(pcm: Float32Array): Int16Array {
  return Int16Array.from(pcm, (sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))));
}

/** The clips that are said. */
export function soakClips(): Recorded[] {
  return benchClips("librispeech_test_other", "ljspeech").flatMap((clip) => {
    const pcm = clip.transcript ? pcmOf(clip) : undefined;
    return pcm ? [{ name: clip.path, samples: toInt16(pcm), reference: clip.transcript ?? "" }] : [];
  });
}

/** All clips in random order, again and again in another one, with a quiet hiss between them. */
export function endlessSpeech(clips: readonly Recorded[], random: () => number): Sound {
  const gap = Int16Array.from({ length: GAP * RATE }, () => Math.round(20 * (random() - 0.5)));
  let cards: Recorded[] = [];
  let samples: Int16Array = gap;
  let at = 0;
  let sent = 0;
  let isGap = true;
  let fresh: SpokenClip[] = [];
  const turn = () => {
    at = 0;
    isGap = !isGap;
    if (isGap) {
      samples = gap;
      return;
    }
    if (cards.length === 0) cards = shuffled(clips, random);
    const { name, reference, samples: next } = cards.pop() as Recorded;
    samples = next;
    fresh.push({ name, reference, from: sent / RATE, to: (sent + next.length) / RATE });
  };
  return {
    next() {
      const frame = new Int16Array(FRAME);
      for (let filled = 0; filled < FRAME; ) {
        if (at === samples.length) turn();
        const part = samples.subarray(at, at + FRAME - filled);
        frame.set(part, filled);
        filled += part.length;
        at += part.length;
        sent += part.length;
      }
      return frame;
    },
    begun() {
      const clipsBegun = fresh;
      fresh = [];
      return clipsBegun;
    },
    restart() {
      samples = gap;
      isGap = true;
      at = 0;
      sent = 0;
      fresh = [];
    },
  };
}

/** A room in which nobody talks to the microphone. */
export function endlessNoise(): (offset: number) => Sound {
  const noise = toInt16(roomNoise());
  const frames = Math.floor(noise.length / FRAME);
  return (offset) => {
    let frame = offset;
    return {
      next() {
        const from = (frame++ % frames) * FRAME;
        return noise.slice(from, from + FRAME);
      },
      begun: () => [],
      restart() {},
    };
  };
}

function shuffled<Card>(cards: readonly Card[], random: () => number): Card[] {
  const all = [...cards];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j] as Card, all[i] as Card];
  }
  return all;
}

interface Results {
  type: string;
  start: number;
  duration: number;
  is_final: boolean;
  speech_final: boolean;
  channel: { alternatives: [{ words: { word: string; start: number; end: number }[] }] };
}

/** One client: it connects, speaks, and connects again when its stream is over. */
export class Client {
  readonly #url: string;
  readonly #name: string;
  readonly #sound: Sound;
  readonly #isSpeech: boolean;
  /** What it counts goes here; replaced when a new quarter begins. */
  tally: Tally;
  #socket: WebSocket | undefined;
  #clips = new Attribution();
  /** Frames sent on this socket, and when the first of them was spoken (milliseconds of `performance.now`). */
  #sent = 0;
  #began = 0;
  /** When it connects again. */
  #backAt = 0;
  #isLeaving = false;
  #gone = Promise.withResolvers<void>();

  constructor(url: string, name: string, sound: Sound, isSpeech: boolean, tally: Tally) {
    this.#name = name;
    this.#url = `${url.replace("http", "ws")}/v1/listen?${QUERY}`;
    this.#sound = sound;
    this.#isSpeech = isSpeech;
    this.tally = tally;
  }

  /** Sends what was spoken until now; connects first where it must. */
  speak(now: number): void {
    if (this.#socket === undefined) {
      if (now >= this.#backAt) this.#connect();
      return;
    }
    if (this.#isLeaving || this.#socket.readyState !== WebSocket.OPEN) return;
    while (this.#began + (this.#sent + 1) * 20 <= now) {
      this.#socket.send(this.#sound.next() as Int16Array<ArrayBuffer>);
      this.#sent++;
      for (const clip of this.#sound.begun()) this.#clips.say(clip);
    }
  }

  /** Goes away, politely or without a word, and comes back after so many milliseconds. */
  leave(isPolite: boolean, back: number): void {
    if (this.#socket?.readyState !== WebSocket.OPEN || this.#isLeaving) return;
    this.#isLeaving = true;
    this.#backAt = performance.now() + back;
    if (isPolite) this.#socket.send(JSON.stringify({ type: "CloseStream" }));
    else this.#socket.terminate();
  }

  /** Says that it is over and hears the rest. */
  async end(): Promise<void> {
    if (this.#socket === undefined) return;
    const { promise } = this.#gone;
    this.leave(true, Number.POSITIVE_INFINITY);
    await Promise.race([promise, Bun.sleep(CLOSING)]);
    if (this.#socket !== undefined) {
      this.tally.broken++;
      this.tally.remarks.push(`${this.#name} was over and not closed within ${CLOSING / 1000} s`);
      this.#socket.terminate();
    }
  }

  #connect(): void {
    this.#isLeaving = false;
    this.#sent = 0;
    this.#clips = new Attribution();
    this.#sound.restart();
    this.#gone = Promise.withResolvers();
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#began = performance.now();
    };
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data as string));
    socket.onclose = ({ code, reason }) => {
      this.tally.interrupted += this.#clips.open;
      this.tally.overlaps += this.#clips.overlaps;
      if (!this.#isLeaving) {
        this.tally.broken++;
        this.tally.remarks.push(`${this.#name} was closed: ${code} ${reason}`);
        this.#backAt = performance.now() + 1000;
      }
      this.#socket = undefined;
      this.#gone.resolve();
    };
  }

  #hear(told: Results): void {
    if (told.type !== "Results") return;
    if (!told.is_final) {
      this.tally.partials++;
      return;
    }
    const { words } = told.channel.alternatives[0];
    if (!this.#isSpeech) {
      this.tally.invented += words.length;
      return;
    }
    for (const { word, start, end } of words) this.#clips.tell({ text: word, from: start, to: end });
    const last = words.at(-1);
    if (told.speech_final && last && !this.#isLeaving)
      this.tally.latencies.push(performance.now() - this.#began - 1000 * last.end);
    this.#judge(told.start + told.duration);
  }

  #judge(toldTo: number): void {
    for (const { clip, text } of this.#clips.take(toldTo, GAP)) {
      const { errors, words, isLost, doubled } = verdict(clip.reference, text);
      this.tally.clips++;
      this.tally.words += words;
      this.tally.errors += errors;
      if (isLost) this.tally.lost++;
      const place = `${clip.name}, ${clip.from.toFixed(1)} to ${clip.to.toFixed(1)} s of ${this.#name}`;
      if (isLost) this.tally.remarks.push(`lost: ${place}, told up to ${toldTo.toFixed(1)}`);
      if (doubled !== undefined) this.tally.doubled++;
      if (doubled !== undefined) this.tally.remarks.push(`doubled “${doubled}”: ${place}: ${text}`);
    }
  }
}
