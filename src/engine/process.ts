/** One engine process as the server holds it: started, asked, listened to, ended. What its death means is decided in engine.ts. */
import { VerbatimError } from "../error.ts";
import { type Frame, FrameDecoder, frameHeader, jsonOf, pcmBytes } from "../ipc/frames.ts";
import { selfCommand } from "../ipc/self.ts";
import type { Log } from "../log/log.ts";
import { EngineLog } from "./engine-log.ts";
import type { Patience } from "./settings.ts";
import type { Task } from "./task.ts";
import { answer, ask, type DecodeRequest, type DetectRequest, type Failed, type Pong, type Ready } from "./wire.ts";

/** How a process ended. */
export interface Death {
  /** For people: `signal SIGSEGV`, `exit code 3`, `no answer to 5 health questions`. */
  how: string;
  /** Killed from outside, so that no job need be at fault. */
  fromOutside: boolean;
  /** What it said when it died: a panic, or an assertion that failed. */
  lastWords: string | undefined;
}

export interface ProcessEvents {
  result(job: number, json: Uint8Array): void;
  failed(job: number, failure: Failed): void;
  died(death: Death): void;
}

/** Signals by which people and the kernel's out-of-memory killer end a process; a fault in native code raises others. */
const outsideSignals = new Set(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"]);

export class EngineProcess {
  /** Bytes in memory, as the process last said. */
  memory = 0;
  /** What the model is, once it is loaded; rejects with the engine's reason, or with `undefined` when it died without one. */
  readonly ready: Promise<Ready>;
  /** Resolves when the process is gone and everything it said has been heard. */
  readonly gone: Promise<void>;
  readonly #child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #events: ProcessEvents;
  readonly #patience: Patience;
  #settleReady: { resolve(ready: Ready): void; reject(reason: unknown): void };
  /** Jobs whose PCM is there, and that were not asked for yet. */
  readonly #staged = new Set<number>();
  #unanswered = 0;
  /** Why we killed it, if we did. */
  #verdict: string | undefined;
  #isEnding = false;

  constructor(args: readonly string[], log: Log, patience: Patience, events: ProcessEvents) {
    this.#events = events;
    this.#patience = patience;
    const { promise, resolve, reject } = Promise.withResolvers<Ready>();
    this.ready = promise;
    this.ready.catch(() => {});
    this.#settleReady = { resolve, reject };
    this.#child = spawn(args);
    this.gone = this.#listen(new EngineLog(log));
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Sends the PCM of a job that will come soon, while others run: then the worker that it gets need not wait for two megabytes. */
  stage(task: Task): void {
    if (this.#staged.has(task.id)) return;
    this.#staged.add(task.id);
    this.#send(ask.pcm, task.id, pcmBytes(task.pcm));
  }

  /** Has a job done. */
  run(task: Task): void {
    this.stage(task);
    this.#staged.delete(task.id);
    const { request, threads } = task;
    if (request.kind === "decode") {
      const wanted: DecodeRequest = { threads, options: request.options };
      this.#sendJson(ask.decode, task.id, wanted);
    } else {
      const wanted: DetectRequest = { threads, ...(request.among && { among: request.among }) };
      this.#sendJson(ask.detect, task.id, wanted);
    }
  }

  /** Asks that a job be given up; it still answers, soon. One that was only announced is forgotten. */
  cancel(task: Task): void {
    this.#staged.delete(task.id);
    this.#send(ask.cancel, task.id);
  }

  /** Whether its PCM is there and it was not asked for yet. */
  hasStaged(task: Task): boolean {
    return this.#staged.has(task.id);
  }

  /** Asks how it is. Kills it when the last several questions had no answer. */
  ask(): void {
    if (this.#unanswered >= this.#patience.healthMisses) {
      this.kill(`no answer to ${this.#unanswered} health questions`);
      return;
    }
    this.#unanswered++;
    this.#send(ask.ping, 0);
  }

  kill(verdict: string): void {
    this.#verdict ??= verdict;
    this.#child.kill("SIGKILL");
  }

  /** Lets it end by itself: its memory is given back when this resolves. */
  async end(): Promise<void> {
    this.#isEnding = true;
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), this.#patience.end);
    // Not waited for: what is still to be written would have to be read first, and it may be wedged.
    quietly(() => this.#child.stdin.end());
    await this.gone;
    clearTimeout(timer);
  }

  async #listen(stderr: EngineLog): Promise<void> {
    const logs = stderr.read(this.#child.stderr);
    try {
      await this.#readAnswers();
    } catch (thrown) {
      this.kill(`its answers could not be read: ${(thrown as Error).message}`);
    }
    await this.#child.exited;
    await logs;
    const death = this.#death(stderr.lastWords);
    this.#settleReady.reject(undefined);
    if (!this.#isEnding) this.#events.died(death);
  }

  async #readAnswers(): Promise<void> {
    const frames = new FrameDecoder(Object.values(answer));
    for await (const chunk of this.#child.stdout) {
      for (const frame of frames.push(chunk)) this.#hear(frame);
    }
  }

  #hear(frame: Frame): void {
    switch (frame.type) {
      case answer.result:
        this.#events.result(frame.job, frame.payload);
        break;
      case answer.failed: {
        const failure = jsonOf(frame) as Failed;
        if (frame.job === 0) this.#refuse(failure);
        else this.#events.failed(frame.job, failure);
        break;
      }
      case answer.ready: {
        const ready = jsonOf(frame) as Ready;
        this.memory = ready.memory;
        this.#settleReady.resolve(ready);
        break;
      }
      case answer.pong: {
        this.#unanswered = 0;
        this.memory = (jsonOf(frame) as Pong).memory;
        break;
      }
    }
  }

  /** It has said why it cannot start, and ends by itself: that is no death. */
  #refuse({ code, message }: Failed): void {
    this.#isEnding = true;
    this.#settleReady.reject(new VerbatimError(code, message));
  }

  #death(lastWords: string | undefined): Death {
    const { signalCode, exitCode } = this.#child;
    const how = this.#verdict ?? (signalCode ? `signal ${signalCode}` : `exit code ${exitCode}`);
    const fromOutside = this.#verdict === undefined && signalCode !== null && outsideSignals.has(String(signalCode));
    return { how, fromOutside, lastWords };
  }

  #sendJson(type: number, job: number, value: object): void {
    this.#send(type, job, new TextEncoder().encode(JSON.stringify(value)));
  }

  #send(type: number, job: number, payload?: Uint8Array): void {
    quietly(() => {
      const { stdin } = this.#child;
      stdin.write(frameHeader(type, job, payload?.byteLength ?? 0));
      if (payload && payload.byteLength > 0) stdin.write(payload);
      return stdin.flush();
    });
  }
}

function spawn(args: readonly string[]): Bun.Subprocess<"pipe", "pipe", "pipe"> {
  try {
    return Bun.spawn(selfCommand(["engine", ...args]), {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
      // On some systems Bun would upload a report of every crash.
      env: { ...process.env, DO_NOT_TRACK: "1" },
    });
  } catch (cause) {
    throw new VerbatimError("engine-failed", `The engine process cannot be started: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** A process that is gone cannot be written to; its end is noticed where its answers are read. */
function quietly(write: () => number | Promise<number>): void {
  try {
    Promise.resolve(write()).catch(() => {});
  } catch {
    // As above.
  }
}
