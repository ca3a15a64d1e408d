/**
 * What this machine hears, for any number of listeners: the source is opened for the first and closed after the last. Who comes later hears
 * from there on.
 */
import type { Capture } from "../../../audio/capture.ts";
import { toVerbatimError, VerbatimError } from "../../../error.ts";
import { EventQueue } from "../../../recognizer/event-queue.ts";

/** Milliseconds: a source that has neither given sound nor failed by then is one that somebody will feed later. */
const PATIENCE = 3000;

export interface Listening {
  /** 16 kHz, one channel. Fails with what is wrong with the source, ends with it, and when the listening is closed. */
  blocks: AsyncIterable<Float32Array>;
  close(): void;
}

interface Source {
  capture: Promise<Capture>;
  /** Resolves with the first sound, rejects when there is none to come. */
  heard: PromiseWithResolvers<void>;
  listeners: Set<EventQueue<Float32Array>>;
}

export class Ear {
  readonly #open: () => Promise<Capture>;
  #source: Source | undefined;

  constructor(open: () => Promise<Capture>) {
    this.#open = open;
  }

  /** Begins to listen; rejects with why there is nothing to hear. */
  async listen(): Promise<Listening> {
    this.#source ??= this.#start();
    const source = this.#source;
    const blocks = new EventQueue<Float32Array>();
    source.listeners.add(blocks);
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, PATIENCE);
    try {
      await Promise.race([source.heard.promise, patience.promise]);
    } catch (thrown) {
      const { code, message } = toVerbatimError(thrown);
      throw new VerbatimError(code, message, { reason: "capture", cause: thrown });
    } finally {
      clearTimeout(timer);
    }
    return { blocks, close: () => this.#leave(source, blocks) };
  }

  #start(): Source {
    const source: Source = { capture: this.#open(), heard: Promise.withResolvers(), listeners: new Set() };
    source.heard.promise.catch(() => {});
    void this.#hear(source);
    return source;
  }

  async #hear(source: Source): Promise<void> {
    try {
      const { blocks } = await source.capture;
      for await (const block of blocks) {
        source.heard.resolve();
        for (const listener of source.listeners) listener.push(block);
      }
      this.#forget(source);
      source.heard.reject(new VerbatimError("bad-audio", "The capture source gave no sound."));
      for (const listener of source.listeners) listener.end();
    } catch (thrown) {
      this.#forget(source);
      source.heard.reject(thrown);
      for (const listener of source.listeners) listener.fail(thrown);
    }
  }

  #leave(source: Source, blocks: EventQueue<Float32Array>): void {
    blocks.end();
    source.listeners.delete(blocks);
    if (source.listeners.size > 0) return;
    this.#forget(source);
    void source.capture.then(
      (capture) => capture.close(),
      () => {},
    );
  }

  /** Who listens next opens it anew. */
  #forget(source: Source): void {
    if (this.#source === source) this.#source = undefined;
  }
}
