/**
 * Files that the library decodes, read through the decoder process. When that dies, the file it was working on is refused, and all
 * others go on in a new process from where they were: decoding gives the same blocks again, and those already read are passed over.
 */
import { VerbatimError } from "../error.ts";
import type { Log } from "../log/log.ts";
import type { BlockSource } from "./block-source.ts";
import { DecoderDeath, DecoderProcess, type Pulled } from "./decoder-process.ts";
import type { Format } from "./formats.ts";
import type { MediaOptions, MediaSource } from "./media.ts";

/** How often a file is begun again when the process is killed from outside, which is not the file's fault. */
const MOST_KILLS = 3;

export interface DecoderPatience {
  /** Milliseconds that one block may take to decode. */
  answer: number;
  /** Milliseconds without work after which the process is ended. */
  idle: number;
}

export const DECODER_PATIENCE: DecoderPatience = { answer: 60_000, idle: 300_000 };

export class LibraryDecoder {
  readonly #log: Log;
  readonly #patience: DecoderPatience;
  #process: DecoderProcess | undefined;
  #open = 0;
  #idle: Timer | undefined;
  #lastJob = 0;
  #closed = false;

  constructor(log: Log, patience = DECODER_PATIENCE) {
    this.#log = log;
    this.#patience = patience;
  }

  /** Of the running process; undefined when none runs. */
  get pid(): number | undefined {
    return this.#process?.isDead ? undefined : this.#process?.pid;
  }

  open(source: MediaSource, format: Format, channels: MediaOptions["channels"]): BlockSource {
    this.#open++;
    clearTimeout(this.#idle);
    return new LibraryMedia(this, source, format, channels);
  }

  /** A process that runs. */
  process(): DecoderProcess {
    this.checkOpen();
    if (!this.#process || this.#process.isDead) this.#process = this.#start();
    return this.#process;
  }

  /** Throws when no more files are decoded. */
  checkOpen(): void {
    if (this.#closed) throw new VerbatimError("shutting-down", "The server is shutting down.");
  }

  nextJob(): number {
    return ++this.#lastJob;
  }

  /** One file less; without any the process ends after a while. */
  release(): void {
    this.#open--;
    if (this.#open > 0 || this.#closed) return;
    this.#idle = setTimeout(() => void this.#end(), this.#patience.idle);
    this.#idle.unref();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    await this.#end();
  }

  async #end(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    await process?.end();
  }

  #start(): DecoderProcess {
    const process = new DecoderProcess(this.#patience.answer);
    this.#log.debug("decoder started", { pid: process.pid });
    process.gone.then(({ how, lastWords }) => {
      if (this.#process === process) this.#log.warn("decoder died", { pid: process.pid, how, lastWords });
    });
    return process;
  }
}

class LibraryMedia implements BlockSource {
  readonly format: string;
  channels = 0;
  duration: number | undefined;
  repaired = 0;
  readonly #decoder: LibraryDecoder;
  readonly #source: MediaSource;
  readonly #title: string;
  readonly #mode: MediaOptions["channels"];
  #process: DecoderProcess | undefined;
  #job = 0;
  #kills = 0;
  /** Blocks that were read. */
  #blocks = 0;
  /** The next block, already asked for. */
  #ahead: Promise<Pulled> | undefined;
  #closed = false;

  constructor(decoder: LibraryDecoder, source: MediaSource, format: Format, mode: MediaOptions["channels"]) {
    this.#decoder = decoder;
    this.#source = source;
    this.format = format.name;
    this.#title = format.title;
    this.#mode = mode;
  }

  async next(): Promise<Float32Array[] | undefined> {
    if (this.#closed) return undefined;
    const pulled = await this.#surviving(async () => {
      if (!this.#process) await this.#reopen();
      return await (this.#ahead ?? this.#pull());
    });
    this.#ahead = undefined;
    if ("end" in pulled) {
      this.repaired = pulled.end.repaired;
      return undefined;
    }
    this.#blocks++;
    if (!this.#closed) {
      this.#ahead = this.#pull();
      // A failure is noticed where the block is wanted.
      this.#ahead.catch(() => {});
    }
    return pulled.planes;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#process?.close(this.#job);
    this.#decoder.release();
  }

  /** Does it again in a new process while the old one's death was not this file's doing. */
  async #surviving<Result>(action: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await action();
      } catch (thrown) {
        if (!(thrown instanceof DecoderDeath)) throw thrown;
        this.#process = undefined;
        this.#ahead = undefined;
        this.#decoder.checkOpen();
        if (!thrown.guilty) continue;
        if (thrown.fromOutside && ++this.#kills < MOST_KILLS) continue;
        const message = `Decoding failed: the decoder did not survive ${this.#title.replace(/^an? /, "this ")} (${thrown.message}).`;
        throw new VerbatimError("bad-audio", message);
      }
    }
  }

  /** Opens the file in a process that runs, and passes over what was read already. */
  async #reopen(): Promise<void> {
    const process = this.#decoder.process();
    this.#job = this.#decoder.nextJob();
    const { channels, duration } = await process.open(this.#job, this.#source, this.#mode);
    this.channels = this.#mode === "mono" ? 1 : channels;
    this.duration = duration;
    this.#process = process;
    for (let block = 0; block < this.#blocks; block++) await this.#pull();
    if (this.#closed) process.close(this.#job);
  }

  #pull(): Promise<Pulled> {
    if (!this.#process) throw new VerbatimError("internal", "The file is not open.");
    return this.#process.pull(this.#job, this.channels);
  }
}
