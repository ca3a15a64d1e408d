/** One channel of a session, from PCM to events. What is pushed and asked for takes effect in order, when the VAD has heard all before it. */
import { repair } from "../../audio/pcm.ts";
import { SAMPLE_RATE } from "../../engine/settings.ts";
import type { VerbatimError } from "../../error.ts";
import type { Segment } from "../../text/transcript.ts";
import { FRAME_SAMPLES, type RegionOptions, type SpeechStream } from "../../vad/speech.ts";
import type { HeardWindow } from "../listener.ts";
import type { Span } from "../packing.ts";
import { Voicing } from "../voicing.ts";
import type { TimedWord } from "../word-times.ts";
import { AudioRing } from "./audio-ring.ts";
import { type DecodingConditions, LiveDecoder } from "./decoding.ts";
import type { ChannelEvent, FinalReason } from "./events.ts";
import { type Final, Finals } from "./finals.ts";
import { Partials } from "./partials.ts";
import { type Segmentation, Segmenter } from "./segmenter.ts";
import { Told } from "./told.ts";

/** Milliseconds of silence after which the final is begun, in the hope that the silence goes on. */
const SUSPICION = 160;
/** A push is given to the VAD in pieces of so many samples (four seconds), so that what is found in a long one is told early. */
const PIECE = 125 * FRAME_SAMPLES;

export interface ChannelOwner extends DecodingConditions {
  emit(event: ChannelEvent): void;
  /** Audio was taken in or let go. */
  heldChanged(): void;
  failed(thrown: unknown): void;
}

export class LiveChannel {
  readonly #owner: ChannelOwner;
  readonly #stream: SpeechStream;
  readonly #ring = new AudioRing();
  readonly #voicing: Voicing;
  readonly #segmenter: Segmenter;
  readonly #partials: Partials;
  readonly #finals: Finals;
  readonly #decoder: LiveDecoder;
  readonly #told = new Told();
  #order: Promise<void> = Promise.resolve();
  /** Where the last word that was told ends, until `utterance-ended` has been told. */
  #lastWord: number | undefined;
  #isRepaired = false;

  constructor(owner: ChannelOwner) {
    const { parts, options } = owner;
    this.#owner = owner;
    this.#stream = parts.vad.open();
    const vad: RegionOptions = { ...parts.settings.vad, ...options.vad };
    this.#voicing = new Voicing(vad.threshold);
    this.#segmenter = new Segmenter({ ...options, vad, suspicion: SUSPICION }, (span) => this.#ring.quietest(span));
    this.#decoder = new LiveDecoder(owner);
    this.#partials = new Partials({
      decode: (span, prefix, signal) => this.#decoder.partial(this.#window(span), prefix, signal),
      partial: (from, words, settled) => this.#tellPartial(from, words, settled),
    });
    this.#finals = new Finals({
      decode: (final, signal) => this.#decodeFinal(final, signal),
      likely: (segments) => this.#tellLikely(segments),
      final: (final, segments) => this.#tellFinal(final, segments),
      failed: (error) => this.#tellFailure(error),
    });
  }

  /** Samples that are held because they are still to be decoded, or may be. */
  get held(): number {
    return this.#ring.end - this.#ring.from;
  }

  /** Seconds heard. */
  get now(): number {
    return this.#ring.end / SAMPLE_RATE;
  }

  push(pcm: Float32Array): void {
    for (let at = 0; at < pcm.length; at += PIECE) {
      // A copy: the caller may use its buffer again.
      const piece = pcm.slice(at, at + PIECE);
      if (repair(piece) > 0 && !this.#isRepaired) {
        this.#isRepaired = true;
        this.#owner.emit({ type: "warning", code: "samples-repaired" });
      }
      this.#ring.push(piece);
      const heard = this.#stream.push(piece);
      // When the session ends first, nobody asks for it.
      heard.catch(() => {});
      this.#inOrder(async () => this.#hear(await heard));
    }
    this.#owner.heldChanged();
  }

  /** Makes final what was said up to here. */
  finalize(reason: FinalReason): void {
    const { end } = this.#ring;
    this.#inOrder(() => {
      const span = this.#segmenter.finalize(end);
      if (span !== undefined) this.#end(span, reason);
      else if (reason === "finalize") {
        const ending = { reason, endsUtterance: true };
        this.#finals.add({ span: { from: end, to: end }, prefix: [], ending });
      }
      this.#letGo();
    });
  }

  /** Forgets what is not final and was not going to be. */
  discard(): void {
    const { end } = this.#ring;
    this.#inOrder(() => {
      this.#finals.takeBack();
      this.#partials.reset();
      if (this.#segmenter.openFrom !== undefined)
        this.#owner.emit({ type: "speech-ended", to: this.#segmenter.now / SAMPLE_RATE });
      this.#segmenter.discard(end);
      this.#letGo();
    });
  }

  /** The owner's options have changed. */
  configured(isOtherLanguage: boolean): void {
    this.#inOrder(() => {
      const { endpointing } = this.#owner.options;
      this.#segmenter.configure({ endpointing });
      if (isOtherLanguage) this.#decoder.forgetLanguage();
    });
  }

  /** Makes the rest final; resolves when all is told. */
  async finish(): Promise<void> {
    this.finalize("close");
    await this.#order;
    await this.#finals.settled;
    this.#endUtterance();
  }

  /** Stops everything at once. */
  abort(): void {
    this.#partials.stop();
    this.#finals.abort();
    this.#stream.close();
    this.#ring.forget(this.#ring.end);
  }

  #inOrder(action: () => void | Promise<void>): void {
    this.#order = this.#order
      .then(() => (this.#owner.signal.aborted ? undefined : action()))
      .catch((thrown) => this.#owner.failed(thrown));
  }

  #hear(probabilities: Float32Array): void {
    if (this.#owner.signal.aborted) return;
    this.#voicing.push(probabilities);
    for (const probability of probabilities) {
      for (const found of this.#segmenter.add(probability)) this.#follow(found);
      this.#considerUtteranceEnd();
    }
    this.#considerPartial();
    this.#letGo();
  }

  #follow(found: Segmentation): void {
    if (found.type === "started") this.#owner.emit({ type: "speech-started", from: found.from / SAMPLE_RATE });
    else if (found.type === "suspected") {
      this.#partials.stop();
      this.#finals.add({ span: found.span, prefix: this.#partials.prefix, ending: undefined });
    } else if (found.type === "resumed") {
      if (this.#finals.takeBack()) this.#owner.emit({ type: "speech-resumed" });
    } else if (found.type === "ended") this.#end(found.span, "endpoint");
    else this.#cut(found.span);
  }

  #end(span: Span, reason: FinalReason): void {
    this.#owner.emit({ type: "speech-ended", to: span.to / SAMPLE_RATE });
    const ending = { reason, endsUtterance: true };
    if (!this.#finals.confirm(ending)) this.#finals.add({ span, prefix: this.#partials.prefix, ending });
    this.#partials.reset();
  }

  #cut(span: Span): void {
    this.#finals.takeBack();
    const isOver = this.#segmenter.openFrom === undefined;
    if (isOver) this.#owner.emit({ type: "speech-ended", to: span.to / SAMPLE_RATE });
    const prefix = this.#partials.close(span.to);
    this.#finals.add({ span, prefix, ending: { reason: "length", endsUtterance: isOver } });
  }

  #considerPartial(): void {
    const { interim } = this.#owner.options;
    const from = this.#segmenter.openFrom;
    if (interim === false || from === undefined || !this.#finals.isEmpty) return;
    const to = this.#ring.end;
    this.#partials.consider({ from, to }, this.#segmenter.silentFrom ?? to, (interim * SAMPLE_RATE) / 1000);
  }

  #considerUtteranceEnd(): void {
    const { utteranceEnd } = this.#owner.options;
    if (utteranceEnd === undefined || this.#lastWord === undefined || !this.#finals.isEmpty) return;
    const isSilent = this.#segmenter.silentFrom !== undefined;
    if (isSilent && this.#segmenter.now / SAMPLE_RATE - this.#lastWord >= utteranceEnd / 1000) this.#endUtterance();
  }

  #endUtterance(): void {
    if (this.#owner.options.utteranceEnd === undefined || this.#lastWord === undefined) return;
    this.#owner.emit({ type: "utterance-ended", to: this.#lastWord });
    this.#lastWord = undefined;
  }

  #letGo(): void {
    const next = Math.min(this.#segmenter.neededFrom, this.#finals.neededFrom ?? Number.POSITIVE_INFINITY);
    const needed = this.#told.before({ from: next, to: next }).from;
    this.#ring.forget(needed);
    this.#voicing.forget(needed);
    this.#owner.heldChanged();
  }

  async #decodeFinal(final: Final, signal: AbortSignal): Promise<Segment[]> {
    const voiced = this.#voicing.within(final.span);
    if (voiced.length === 0) return [];
    const { from, tokens } = this.#told.before(final.span);
    // The words lie in the utterance's own speech, not in that before it.
    const heard = { ...this.#window({ from, to: final.span.to }), voiced };
    return this.#decoder.final(heard, final, tokens, signal);
  }

  #window({ from, to }: Span): HeardWindow {
    const pcm = this.#ring.slice({ from, to });
    const voiced = this.#voicing.within({ from, to });
    const window = { pieces: [{ at: 0, from, length: pcm.length }], speech: voiced, length: pcm.length };
    return { pcm, voiced, window };
  }

  #tellPartial(from: number, words: TimedWord[], settled: number): void {
    this.#lastWord = words.at(-1)?.to;
    this.#owner.emit({
      type: "partial",
      from: from / SAMPLE_RATE,
      text: words.map(({ text, spaced }) => (spaced ? ` ${text}` : text)).join(""),
      words: words.map(({ text, from, to, confidence }) => ({ text, from, to, confidence })),
      settled,
    });
  }

  #tellLikely(segments: Segment[]): void {
    const words = segments.flatMap((segment) => segment.words);
    const sum = words.reduce((total, { confidence }) => total + confidence, 0);
    const text = segments.map((segment) => segment.text).join("");
    this.#owner.emit({ type: "endpoint-likely", confidence: sum / Math.max(1, words.length), text, words });
  }

  #tellFinal({ span, ending, language }: Final, segments: Segment[]): void {
    if (ending === undefined) return;
    this.#told.add(span, segments);
    const words = segments.flatMap((segment) => segment.words);
    this.#lastWord = words.at(-1)?.to ?? this.#lastWord;
    this.#owner.emit({
      type: "final",
      from: span.from / SAMPLE_RATE,
      to: span.to / SAMPLE_RATE,
      text: segments.map((segment) => segment.text).join(""),
      words,
      segments,
      ...ending,
      language,
    });
    this.#letGo();
  }

  #tellFailure({ code, message }: VerbatimError): void {
    this.#owner.emit({ type: "error", code, message });
  }
}
