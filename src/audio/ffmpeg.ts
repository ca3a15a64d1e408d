/** One ffmpeg process for one file: bytes go in, blocks come out as they are wanted, and in every case it is gone afterwards. */
import { VerbatimError } from "../error.ts";
import type { BlockSource } from "./block-source.ts";
import { type FfmpegInput, ffmpegArguments } from "./ffmpeg-arguments.ts";
import { FfmpegWords, ffmpegFailure } from "./ffmpeg-words.ts";
import { repair, toFloats, toPlanes } from "./pcm.ts";
import { MOST_CHANNELS } from "./raw.ts";
import { SAMPLE_RATE } from "./resample.ts";
import { readWavHeader } from "./wav.ts";

export interface FfmpegPatience {
  /** Milliseconds without any output after which it is given up. */
  silence: number;
  /** Milliseconds that it may take before it must have decoded faster than the sound plays. */
  grace: number;
}

export const FFMPEG_PATIENCE: FfmpegPatience = { silence: 30_000, grace: 120_000 };

/** What stdin gives it: bytes, a file, our own writing (`pipe`), or nothing. */
export type FfmpegStdin = Uint8Array | Bun.BunFile | "pipe" | "ignore";

interface FfmpegRun {
  stdin: FfmpegStdin;
  patience: FfmpegPatience;
  /** Called once when the process is gone. */
  released?: () => Promise<void>;
}

/** Seconds that are gathered for one block of a file. */
const BLOCK_SECONDS = 2;

export class Ffmpeg implements BlockSource {
  readonly format: string;
  channels = 0;
  duration: number | undefined;
  repaired = 0;
  readonly #input: FfmpegInput;
  readonly #child: Bun.Subprocess<Bun.Spawn.Writable, "pipe", "pipe">;
  readonly #stdout: { read(): Promise<{ value?: Uint8Array | undefined }>; cancel(): Promise<void> };
  readonly #words: FfmpegWords;
  readonly #run: FfmpegRun;
  /** Bytes read and not used: the header, then part of a frame. */
  #rest: Uint8Array = new Uint8Array(0);
  #samples = 0;
  /** Milliseconds spent waiting for it. */
  #waited = 0;
  #isOver = false;
  #isStalled = false;
  #closing: Promise<void> | undefined;

  /** Throws what the system says when the program cannot be started. */
  constructor(program: string, input: FfmpegInput, run: FfmpegRun) {
    this.#input = input;
    this.#run = run;
    this.format = input.format.name;
    this.#child = Bun.spawn([program, ...ffmpegArguments(input)], {
      stdin: run.stdin as Bun.Spawn.Writable,
      stdout: "pipe",
      stderr: "pipe",
      env: environment(),
    });
    this.#stdout = this.#child.stdout.getReader();
    this.#words = new FfmpegWords(this.#child.stderr);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Where bytes are written, when stdin is `pipe`. */
  get stdin(): Bun.FileSink | undefined {
    const { stdin } = this.#child;
    return typeof stdin === "object" && "write" in stdin ? stdin : undefined;
  }

  async next(): Promise<Float32Array[] | undefined> {
    if (this.#isOver) return undefined;
    if (this.channels === 0 && !(await this.#readHeader())) return undefined;
    const frame = 4 * this.channels;
    const wanted = this.#input.live ? frame : BLOCK_SECONDS * SAMPLE_RATE * frame;
    const parts = [this.#rest];
    let length = this.#rest.length;
    while (length < wanted) {
      const chunk = await this.#read();
      if (!chunk) break;
      parts.push(chunk);
      length += chunk.length;
    }
    const bytes = parts.length === 1 ? this.#rest : Buffer.concat(parts);
    const whole = bytes.length - (bytes.length % frame);
    this.#rest = new Uint8Array(bytes.subarray(whole));
    if (whole === 0) return await this.#end();
    this.#samples += whole / frame;
    const samples = toFloats(bytes.subarray(0, whole), "float32");
    this.repaired += repair(samples);
    return toPlanes(samples, this.channels, "separate");
  }

  close(): Promise<void> {
    this.#isOver = true;
    this.#closing ??= (async () => {
      this.#child.kill("SIGKILL");
      await this.#stdout.cancel().catch(() => {});
      await this.#child.exited;
      await this.#run.released?.();
    })();
    return this.#closing;
  }

  /** The WAV header that goes before the samples tells the channels. False: it ended before. */
  async #readHeader(): Promise<boolean> {
    for (;;) {
      const bytes = this.#rest;
      const header = await readWavHeader({ size: bytes.length, read: async (at, n) => bytes.subarray(at, at + n) });
      if (header) {
        if (header.channels < 1 || header.channels > MOST_CHANNELS)
          throw new VerbatimError(
            "bad-audio",
            `The sound has ${header.channels} channels; ${MOST_CHANNELS} can be read.`,
          );
        this.channels = header.channels;
        this.#rest = bytes.subarray(header.dataAt);
        this.duration = await this.#words.duration();
        return true;
      }
      const chunk = await this.#read();
      if (!chunk) {
        await this.#end();
        return false;
      }
      this.#rest = Buffer.concat([this.#rest, chunk]);
    }
  }

  /** What it writes next; undefined at its end. Throws when it has stalled. */
  async #read(): Promise<Uint8Array | undefined> {
    const { silence, grace } = this.#run.patience;
    const begin = performance.now();
    const produced = (this.#samples / SAMPLE_RATE) * 1000;
    const allowed = this.#input.live ? Infinity : Math.min(silence, grace + produced - this.#waited);
    const timer = allowed < Infinity ? setTimeout(() => void this.#giveUp(), Math.max(0, allowed)) : undefined;
    const { value } = await this.#stdout.read();
    clearTimeout(timer);
    this.#waited += performance.now() - begin;
    if (this.#isStalled)
      throw new VerbatimError("bad-audio", "Decoding was given up: ffmpeg made no progress with this file.");
    return value;
  }

  #giveUp(): void {
    this.#isStalled = true;
    this.#child.kill("SIGKILL");
  }

  /** It has said all it had to say. Nothing at all, or an end by a signal, is a failure. */
  async #end(): Promise<undefined> {
    const closed = this.#isOver;
    this.#isOver = true;
    await this.#child.exited;
    if (closed) return undefined;
    const complaints = await this.#words.complaints();
    if (this.#child.signalCode)
      throw new VerbatimError("bad-audio", `Decoding failed: ffmpeg was ended by ${this.#child.signalCode}.`, {
        cause: new Error(complaints),
      });
    if (this.#samples === 0) throw ffmpegFailure(this.#input.format, complaints);
    return undefined;
  }
}

/** What any program needs to run, and no secrets of ours; FFREPORT would even make it write files. */
function environment(): Record<string, string> {
  const kept = ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SystemRoot"];
  const set = kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]] as const]));
  return { ...Object.fromEntries(set), LC_ALL: "C" };
}
