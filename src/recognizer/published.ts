/**
 * A recognizer that sends on what it recognises, through both doors and whatever dialect opened them. A live final is published before its
 * reader sees it, so what a client was told is never missing in a sink; a file's segments are published when all of it is recognised.
 */
import type { NewRecord, TranscriptSink } from "../sinks/record.ts";
import type { Transcript } from "../text/transcript.ts";
import type { SessionEvent, SessionOptions, SessionPatch } from "./live/events.ts";
import type { Session } from "./live/session.ts";
import type { Recognizer, TranscribeEvent } from "./recognizer.ts";

/** What takes the records; partials are made only where somebody wants them. */
type Publisher = TranscriptSink & { readonly partials: boolean };

/** The same recognizer, with `sinks` told of everything. */
export function published(recognizer: Recognizer, sinks: Publisher): Recognizer {
  return {
    ...recognizer,
    transcribe: (source, options, signal) =>
      publishFile(recognizer.transcribe(source, options, signal), options.session ?? crypto.randomUUID(), sinks),
    openSession: (options) => new PublishedSession(recognizer.openSession(options), options, sinks),
  };
}

async function* publishFile(
  events: AsyncIterable<TranscribeEvent>,
  session: string,
  sinks: TranscriptSink,
): AsyncGenerator<TranscribeEvent, void, undefined> {
  for await (const event of events) {
    if (event.type === "transcript") sinks.publishOnce(session, fileRecords(event.transcript, session));
    yield event;
  }
}

/** One record per segment, in order of time within each channel. */
function fileRecords({ channels, language, model }: Transcript, session: string): NewRecord[] {
  return channels.flatMap((channel, number) =>
    channel.segments
      .filter(({ text }) => text.trim() !== "")
      .map(({ text, from, to, words }) => ({
        type: "final" as const,
        session,
        source: "file" as const,
        channel: number,
        from,
        to,
        text: text.trim(),
        words,
        language: channel.language ?? language,
        model,
      })),
  );
}

/** Passes everything on; only the events are looked at, as they are read. */
class PublishedSession implements Session {
  readonly #session: Session;
  readonly #sinks: Publisher;
  readonly #id: string;
  readonly events: AsyncIterable<SessionEvent>;
  #model: string;

  constructor(session: Session, { model, session: id }: SessionOptions, sinks: Publisher) {
    this.#session = session;
    this.#id = id ?? crypto.randomUUID();
    this.#model = model.id;
    this.#sinks = sinks;
    this.events = this.#publishing(session.events);
  }

  async *#publishing(events: AsyncIterable<SessionEvent>): AsyncGenerator<SessionEvent, void, undefined> {
    for await (const event of events) {
      const wanted = event.type === "final" || (event.type === "partial" && this.#sinks.partials);
      if (wanted && event.text !== "") {
        const { type, channel, from, to, text, words } = event;
        const language = event.type === "final" ? event.language : undefined;
        const place = { session: this.#id, source: "live", model: this.#model } as const;
        this.#sinks.publish({ type, channel, from, to, text, words, language, ...place });
      }
      yield event;
    }
  }

  push(planes: readonly Float32Array[]): void {
    this.#session.push(planes);
  }

  pushRaw(bytes: Uint8Array): void {
    this.#session.pushRaw(bytes);
  }

  pushEncoded(bytes: Uint8Array): Promise<void> {
    return this.#session.pushEncoded(bytes);
  }

  ready(): Promise<void> {
    return this.#session.ready();
  }

  waitsOutside(bytes: number): void {
    this.#session.waitsOutside(bytes);
  }

  finalize(channel?: number): void {
    this.#session.finalize(channel);
  }

  discard(): void {
    this.#session.discard();
  }

  configure(patch: SessionPatch): void {
    this.#session.configure(patch);
    if (patch.model) this.#model = patch.model.id;
  }

  close(deadline?: number): Promise<void> {
    return this.#session.close(deadline);
  }

  abort(): void {
    this.#session.abort();
  }
}
