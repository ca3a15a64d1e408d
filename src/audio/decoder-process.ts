/** The decoder process as the server holds it: asked one thing at a time, so that when it dies it is known what it was doing. */
import { VerbatimError } from "../error.ts";
import { type Frame, FrameDecoder, frameHeader, jsonOf, pcmOf } from "../ipc/frames.ts";
import { selfCommand } from "../ipc/self.ts";
import { answer, ask, type Ended, type Failed, type Opened, type OpenRequest } from "./decoder-wire.ts";
import type { MediaSource } from "./media.ts";

/** Bytes of a file in one frame. */
const PIECE_BYTES = 1024 * 1024;

/** Of what it said on stderr, the last is kept for the log. */
const LAST_WORDS = 4096;

/** The process died. `guilty`: while it worked on the file that is told so. */
export class DecoderDeath extends Error {
  readonly guilty: boolean;
  /** Killed from outside, so that the file need not be at fault. */
  readonly fromOutside: boolean;

  constructor(how: string, guilty: boolean, fromOutside: boolean) {
    super(how);
    this.guilty = guilty;
    this.fromOutside = fromOutside;
  }
}

/** Signals by which people and the kernel's out-of-memory killer end a process; a fault in native code raises others. */
const outsideSignals = new Set(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"]);

export type Pulled = { planes: Float32Array[] } | { end: Ended };

export class DecoderProcess {
  /** Resolves when it is gone, with how it went and its last words. */
  readonly gone: Promise<{ how: string; lastWords: string }>;
  readonly #child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  /** Milliseconds that one answer may take. */
  readonly #patience: number;
  readonly #ready = Promise.withResolvers<void>();
  #isReady = false;
  #verdict: string | undefined;
  #dead: { how: string; fromOutside: boolean } | undefined;
  #waiting: { job: number; answered(frame: Frame): void; failed(error: Error): void } | undefined;
  /** Settles when the last that was asked is answered. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(patience: number) {
    this.#patience = patience;
    this.#child = spawn();
    const timer = setTimeout(() => this.#kill(`no sign of life in ${patience / 1000} s`), patience);
    this.#ready.promise.catch(() => {}).finally(() => clearTimeout(timer));
    this.gone = this.#listen();
  }

  get pid(): number {
    return this.#child.pid;
  }

  get isDead(): boolean {
    return this.#dead !== undefined;
  }

  async open(job: number, source: MediaSource, channels: OpenRequest["channels"]): Promise<Opened> {
    const frame = await this.#ask(job, async () => {
      const request: OpenRequest =
        "path" in source ? { channels, path: source.path } : { channels, size: source.bytes.length };
      this.#write(ask.open, job, new TextEncoder().encode(JSON.stringify(request)));
      if ("path" in source) return;
      for (let at = 0; at < source.bytes.length; at += PIECE_BYTES) {
        this.#write(ask.bytes, job, source.bytes.subarray(at, at + PIECE_BYTES));
        await this.#child.stdin.flush();
      }
    });
    return jsonOf(frame) as Opened;
  }

  async pull(job: number, planes: number): Promise<Pulled> {
    const frame = await this.#ask(job, async () => this.#write(ask.pull, job));
    if (frame.type === answer.end) return { end: jsonOf(frame) as Ended };
    const floats = pcmOf(frame);
    const length = floats.length / planes;
    return { planes: Array.from({ length: planes }, (_, i) => floats.subarray(i * length, (i + 1) * length)) };
  }

  /** Forgets a file; no more is asked about it. */
  close(job: number): void {
    if (this.#dead) return;
    try {
      this.#write(ask.close, job);
    } catch {
      // It is gone, and the file's memory with it.
    }
  }

  /** Lets it end by itself. */
  async end(): Promise<void> {
    try {
      await this.#child.stdin.end();
    } catch {
      // It is gone already.
    }
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), this.#patience);
    await this.gone;
    clearTimeout(timer);
  }

  /** Takes its turn, asks, and waits for the answer. Throws what the decoder says is wrong with the file, or DecoderDeath. */
  async #ask(job: number, send: () => Promise<void>): Promise<Frame> {
    const turn = this.#turn;
    const answered = (async () => {
      await turn;
      await this.#ready.promise;
      return await this.#answer(job, send);
    })();
    this.#turn = answered.catch(() => {});
    const frame = await answered;
    if (frame.type !== answer.failed) return frame;
    const { code, message } = jsonOf(frame) as Failed;
    throw new VerbatimError(code, message);
  }

  async #answer(job: number, send: () => Promise<void>): Promise<Frame> {
    if (this.#dead) throw this.#death(false);
    const reply = Promise.withResolvers<Frame>();
    // It may be settled while sending still goes on.
    reply.promise.catch(() => {});
    this.#waiting = { job, answered: reply.resolve, failed: reply.reject };
    const timer = setTimeout(() => this.#kill(`no answer in ${this.#patience / 1000} s`), this.#patience);
    try {
      await send().catch(() => {});
      return await reply.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }

  async #listen(): Promise<{ how: string; lastWords: string }> {
    const lastWords = this.#readStderr();
    const frames = new FrameDecoder(Object.values(answer));
    try {
      for await (const chunk of this.#child.stdout) for (const frame of frames.push(chunk)) this.#hear(frame);
    } catch (thrown) {
      this.#kill(`its answers could not be read: ${(thrown as Error).message}`);
    }
    await this.#child.exited;
    const { signalCode, exitCode } = this.#child;
    const how = this.#verdict ?? (signalCode ? `signal ${signalCode}` : `exit code ${exitCode}`);
    const fromOutside = this.#verdict === undefined && outsideSignals.has(String(signalCode));
    this.#dead = { how, fromOutside };
    const words = await lastWords;
    if (!this.#isReady) this.#ready.reject(fromOutside ? this.#death(true) : this.#cannotStart(words));
    this.#waiting?.failed(this.#death(true));
    return { how, lastWords: words };
  }

  #hear(frame: Frame): void {
    if (frame.type === answer.ready) {
      this.#isReady = true;
      this.#ready.resolve();
    } else if (frame.job === this.#waiting?.job) this.#waiting.answered(frame);
  }

  async #readStderr(): Promise<string> {
    let words = "";
    const text = new TextDecoder();
    for await (const chunk of this.#child.stderr)
      words = (words + text.decode(chunk, { stream: true })).slice(-LAST_WORDS);
    return words;
  }

  #cannotStart(words: string): VerbatimError {
    const message = `The decoder process cannot start (${this.#dead?.how}).`;
    return new VerbatimError("engine-failed", message, { cause: new Error(words) });
  }

  #death(guilty: boolean): DecoderDeath {
    const { how = "", fromOutside = false } = this.#dead ?? {};
    return new DecoderDeath(how, guilty, fromOutside);
  }

  #kill(verdict: string): void {
    this.#verdict ??= verdict;
    this.#child.kill("SIGKILL");
  }

  #write(type: number, job: number, payload?: Uint8Array): void {
    const { stdin } = this.#child;
    const writes = [stdin.write(frameHeader(type, job, payload?.byteLength ?? 0))];
    if (payload && payload.byteLength > 0) writes.push(stdin.write(payload));
    // A process that is gone cannot be written to; its end is noticed where its answers are read.
    for (const write of [...writes, stdin.flush()]) Promise.resolve(write).catch(() => {});
  }
}

function spawn(): Bun.Subprocess<"pipe", "pipe", "pipe"> {
  try {
    return Bun.spawn(selfCommand(["decoder"]), {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
      // Bun would hand on the environment of its own start, without what was added since. On some systems it uploads reports of crashes.
      env: { ...process.env, DO_NOT_TRACK: "1" },
    });
  } catch (cause) {
    const message = `The decoder process cannot be started: ${(cause as Error).message}`;
    throw new VerbatimError("engine-failed", message, { cause });
  }
}
