/**
 * One channel's utterances on their way to being final: decoded one after the other, told in order. One that is only suspected to be over is
 * decoded too, and waits to be confirmed or taken back.
 */
import { toVerbatimError, type VerbatimError } from "../../error.ts";
import type { Segment } from "../../text/transcript.ts";
import type { Span } from "../packing.ts";
import type { TimedWord } from "../word-times.ts";
import type { FinalReason } from "./events.ts";

export interface Final {
  utterance: number;
  span: Span;
  /** Where speech began in it (sample): its span begins earlier. */
  spokenFrom: number;
  /** The words that the text begins with. */
  settled: readonly TimedWord[];
  /** They are all its words. */
  isSettled?: boolean;
  /** Why it is final; undefined while it is only suspected. */
  ending: { reason: FinalReason; endsUtterance: boolean } | undefined;
  /** When it became so (milliseconds of `performance.now`). */
  endedAt?: number;
  /** Once it is decoded: all its words, the language they are in, and the model that found them. */
  words?: readonly TimedWord[];
  language?: string | undefined;
  model?: string;
}

interface Entry extends Final {
  abort: AbortController;
  isRunning: boolean;
  segments?: Segment[];
}

export interface FinalsOwner {
  decode(final: Final, signal: AbortSignal): Promise<Segment[]>;
  /** The text is there, the ending is not. */
  likely(final: Final, segments: Segment[]): void;
  final(final: Final, segments: Segment[]): void;
  failed(final: Final, error: VerbatimError): void;
}

export class Finals {
  readonly #owner: FinalsOwner;
  #entries: Entry[] = [];
  #empty = Promise.withResolvers<void>();

  constructor(owner: FinalsOwner) {
    this.#owner = owner;
    this.#empty.resolve();
  }

  /** The first one that is still to be told. */
  get first(): Final | undefined {
    return this.#entries[0];
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Resolves when all are told. */
  get settled(): Promise<void> {
    return this.#empty.promise;
  }

  add(final: Omit<Final, "endedAt">): void {
    if (this.isEmpty) this.#empty = Promise.withResolvers();
    const entry: Entry = { ...final, abort: new AbortController(), isRunning: false };
    if (final.ending !== undefined) entry.endedAt = performance.now();
    this.#entries.push(entry);
    this.#next();
  }

  /** What was suspected is so; false when nothing was. */
  confirm(ending: Final["ending"]): boolean {
    const last = this.#entries.at(-1);
    if (last === undefined || last.ending !== undefined) return false;
    last.ending = ending;
    last.endedAt = performance.now();
    this.#tell();
    return true;
  }

  /** What was suspected is not so; the answer says whether its text had been told. Undefined: nothing was suspected. */
  takeBack(): boolean | undefined {
    const last = this.#entries.at(-1);
    if (last === undefined || last.ending !== undefined) return undefined;
    this.#entries.pop();
    last.abort.abort();
    if (this.isEmpty) this.#empty.resolve();
    return last.segments !== undefined;
  }

  /** Drops everything. */
  abort(): void {
    for (const { abort } of this.#entries) abort.abort();
    this.#entries = [];
    this.#empty.resolve();
  }

  #next(): void {
    const entry = this.#entries[0];
    if (entry === undefined || entry.isRunning) return;
    entry.isRunning = true;
    void this.#run(entry);
  }

  async #run(entry: Entry): Promise<void> {
    let segments: Segment[] = [];
    let failure: VerbatimError | undefined;
    try {
      segments = await this.#owner.decode(entry, entry.abort.signal);
    } catch (thrown) {
      failure = toVerbatimError(thrown);
    }
    if (entry.abort.signal.aborted) return;
    if (failure !== undefined) this.#owner.failed(entry, failure);
    entry.segments = segments;
    if (entry.ending === undefined) this.#owner.likely(entry, segments);
    else this.#tell();
  }

  #tell(): void {
    for (let entry = this.#entries[0]; entry?.ending && entry.segments; entry = this.#entries[0]) {
      this.#entries.shift();
      this.#owner.final(entry, entry.segments);
    }
    if (this.isEmpty) this.#empty.resolve();
    else this.#next();
  }
}
