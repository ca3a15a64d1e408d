/** A session's events → the messages of a stream, channel by channel. */
import type { SessionEvent } from "../../../recognizer/live/events.ts";
import type { FormatOptions } from "../../../text/formatting/format.ts";
import {
  formatted,
  metadataMessage,
  resultsMessage,
  type StreamFacts,
  speechStartedMessage,
  utteranceEndMessage,
} from "./messages.ts";
import { type Saying, Timeline, type TimelineOptions } from "./timeline.ts";

/** One channel. */
interface Line {
  timeline: Timeline;
  /** The utterance that its results belong to. */
  utteranceId: string;
  /** What is hidden goes on from one result to the next of the same channel. */
  redaction: FormatOptions["redaction"];
}

export class Teller {
  /** How words are written from now on. */
  formatting: FormatOptions;
  readonly #facts: StreamFacts;
  readonly #options: TimelineOptions;
  readonly #send: (message: string) => void;
  readonly #lines: Line[] = [];

  constructor(
    facts: StreamFacts,
    options: TimelineOptions,
    formatting: FormatOptions,
    send: (message: string) => void,
  ) {
    this.#facts = facts;
    this.#options = options;
    this.formatting = formatting;
    this.#send = send;
  }

  get channels(): number {
    return this.#lines.length;
  }

  /** There are so many channels now; they never become fewer. */
  grow(channels: number): void {
    while (this.#lines.length < channels) {
      const timeline = new Timeline(this.#options);
      this.#lines.push({ timeline, utteranceId: crypto.randomUUID(), redaction: this.formatting.redaction?.draft() });
    }
  }

  /** Says what there is to say about an event. */
  take(event: SessionEvent): void {
    if (event.type === "opened") this.grow(event.channels);
    const line = this.#lines[event.channel];
    if (line === undefined) return;
    for (const saying of line.timeline.take(event)) this.#say(event.channel, saying);
    if (event.type === "final" && event.endsUtterance) line.utteranceId = crypto.randomUUID();
  }

  /** The stream is being closed: only what is final is said from now on. */
  closing(): void {
    for (const { timeline } of this.#lines) timeline.isClosing = true;
  }

  /** Says on a channel that nothing is new, so many times. */
  again(channel: number, times: number): void {
    const { timeline } = this.#lines[channel] ?? {};
    for (let i = 0; i < times; i++) for (const saying of timeline?.again() ?? []) this.#say(channel, saying);
  }

  /** Says what is left to say after so many seconds of audio, and the metadata, which come last. */
  end(seconds: number): void {
    for (const [channel, { timeline }] of this.#lines.entries())
      for (const saying of timeline.end(seconds)) this.#say(channel, saying);
    this.#send(metadataMessage(this.#facts, { seconds, channels: this.channels }));
  }

  #say(channel: number, saying: Saying): void {
    const place = { channel, channels: this.channels };
    if (saying.type === "speech-started") this.#send(speechStartedMessage(place, saying.at));
    else if (saying.type === "utterance-end") this.#send(utteranceEndMessage(place, saying.lastWord));
    else {
      const { utteranceId = "", redaction } = this.#lines[channel] ?? {};
      const words = formatted(saying, { ...this.formatting, ...(redaction ? { redaction } : {}) });
      const message = { ...place, results: saying, words, utteranceId, now: new Date() };
      this.#send(resultsMessage(this.#facts, message));
    }
  }
}
