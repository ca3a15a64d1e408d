/** One channel of a session, from PCM to events. What is pushed and asked for takes effect in order, when the VAD has heard all before it. */
import { isSound, repair } from "../../audio/pcm.ts";
import { SAMPLE_RATE } from "../../engine/settings.ts";
import type { VerbatimError } from "../../error.ts";
import type { Segment } from "../../text/transcript.ts";
import { FRAME_SAMPLES, type SpeechStream } from "../../vad/speech.ts";
import type { Span } from "../packing.ts";
import { type DecodingConditions, LiveDecoder, type Parts } from "./decoding.ts";
import type { ChannelEvent, FinalReason } from "./events.ts";
import { type Final, Finals } from "./finals.ts";
import { Order } from "./order.ts";
import { type Guess, Partials } from "./partials.ts";
import { Recent, type Undecided } from "./recent.ts";
import { type Ended, LEAST_ENDPOINTING, type Segmentation, Segmenter, type SegmenterOptions } from "./segmenter.ts";
import { finalEvent, likelyEvent, partialEvent } from "./telling.ts";
import { endOf } from "./told.ts";

/** A push is given to the VAD in pieces of so many samples (four seconds), so that what is found in a long one is told early. */
const PIECE = 125 * FRAME_SAMPLES;

/** Speech of less than so many samples (two frames) has no words: a word that a `finalize` cut in two. */
const LEAST_SPEECH = 2 * FRAME_SAMPLES;

/** Milliseconds before the endpoint at which the final is begun at the latest: it takes about as long. */
const LEAD = 104;

export interface ChannelOwner extends DecodingConditions {
  emit(event: ChannelEvent): void;
  /** Audio was taken in, or is no longer to be decoded. */
  waitingChanged(): void;
  failed(thrown: unknown): void;
}

export class LiveChannel {
  readonly #owner: ChannelOwner;
  readonly #stream: SpeechStream;
  readonly #recent: Recent;
  readonly #segmenter: Segmenter;
  readonly #partials: Partials;
  readonly #finals: Finals;
  readonly #decoder: LiveDecoder;
  readonly #order: Order;
  /** The number of the last utterance that began. */
  #utterance = -1;
  /** Where its speech began (sample). */
  #spokenFrom = 0;
  /** When the open utterance began (milliseconds of `performance.now`), until it has its first partial. */
  #startedAt: number | undefined;
  /** Where the last word that was told ends, until `utterance-ended` has been told. */
  #lastWord: number | undefined;
  /** Up to this sample `heard` has been told. */
  #heard = 0;
  #isRepaired = false;
  /** Up to this sample everything is told or silence. */
  #toldTo = 0;

  constructor(owner: ChannelOwner) {
    this.#owner = owner;
    this.#order = new Order(owner.failed);
    this.#stream = owner.parts.vad.open();
    const rules = this.#rules;
    this.#recent = new Recent(rules.vad.threshold);
    this.#segmenter = new Segmenter(rules, (span) => this.#recent.audio.quietest(span));
    this.#decoder = new LiveDecoder(owner);
    this.#partials = new Partials({
      decode: (span, settled, signal) => this.#decoder.partial(this.#parts({ span, settled }), signal),
      partial: (guess) => this.#tellPartial(guess),
    });
    this.#finals = new Finals({
      decode: (final, signal) => this.#decodeFinal(final, signal),
      likely: (final, segments) => owner.emit(likelyEvent(final, segments)),
      final: (final, segments) => this.#tellFinal(final, segments),
      failed: (final, error) => this.#tellFailure(final, error),
    });
  }

  /** Samples that are still to be decoded, or may be. */
  get waiting(): number {
    return this.#recent.audio.end - this.#toldTo;
  }

  /** Seconds heard. */
  get now(): number {
    return this.#recent.audio.end / SAMPLE_RATE;
  }

  push(pcm: Float32Array): void {
    if (pcm.length <= PIECE) this.#take(pcm);
    else for (let at = 0; at < pcm.length; at += PIECE) this.#take(pcm.subarray(at, at + PIECE));
    this.#owner.waitingChanged();
  }

  #take(pcm: Float32Array): void {
    const piece = this.#repaired(pcm);
    const { audio } = this.#recent;
    const frames = Math.floor(audio.end / FRAME_SAMPLES);
    // The ring and the VAD copy what they are given: the caller may use its buffer again.
    audio.push(piece);
    const heard = this.#stream.push(piece);
    if (Math.floor(audio.end / FRAME_SAMPLES) > frames) this.#order.addWhen(heard, (answer) => this.#hear(answer));
  }

  /** The caller's samples as they are, or a copy that was repaired. */
  #repaired(samples: Float32Array): Float32Array {
    if (isSound(samples)) return samples;
    const copy = samples.slice();
    repair(copy);
    if (!this.#isRepaired) this.#owner.emit({ type: "warning", code: "samples-repaired" });
    this.#isRepaired = true;
    return copy;
  }

  /** Makes final what was said up to here. */
  finalize(reason: FinalReason): void {
    const { end } = this.#recent.audio;
    this.#inOrder(() => {
      const ended = this.#segmenter.finalize(end);
      if (ended === undefined && reason === "finalize") this.#utterance++;
      if (reason === "finalize") this.#tellReached("finalized", end);
      if (ended !== undefined) this.#end(ended, reason);
      else if (reason === "finalize") this.#addEmpty(end);
      this.#letGo();
    });
  }

  /** Forgets what is not final and was not going to be. */
  discard(): void {
    const { end } = this.#recent.audio;
    this.#inOrder(() => {
      this.#takeBack();
      this.#partials.reset();
      this.#tellReached("discarded", end);
      const open = this.#segmenter.openFrom;
      const { now, silence } = this.#segmenter;
      if (open !== undefined) this.#tellEnd({ span: { from: open, to: now }, spokenTo: now - silence }, true);
      this.#segmenter.discard(end);
      this.#letGo();
    });
  }

  /** The owner's options have changed. */
  configured(changed: { language: boolean; model: boolean }): void {
    this.#inOrder(() => {
      const rules = this.#rules;
      this.#segmenter.configure(rules);
      this.#recent.voicing.threshold = rules.vad.threshold;
      if (!changed.language && !changed.model) return;
      this.#decoder.forgetLanguage();
      this.#recent.forgetTold();
      // Tokens mean something else to another model.
      if (changed.model) this.#partials.reset();
    });
  }

  /** Makes the rest final; resolves when all is told. */
  async finish(): Promise<void> {
    this.finalize("close");
    await this.#order.done;
    await this.#finals.settled;
    this.#endUtterance();
  }

  /** Stops everything at once. */
  abort(): void {
    this.#partials.stop();
    this.#finals.abort();
    this.#stream.close();
    this.#recent.audio.forget(this.#recent.audio.end);
  }

  get #rules(): SegmenterOptions {
    const { options, parts } = this.#owner;
    const { endpointing } = options;
    const latest = endpointing === "manual" ? options.likelyAfter : Math.max(LEAST_ENDPOINTING, endpointing - LEAD);
    const likelyAfter = Math.min(options.likelyAfter, latest);
    return { ...options, likelyAfter, vad: { ...parts.settings.vad, ...options.vad } };
  }

  #inOrder(action: () => void): void {
    this.#order.add(() => {
      if (!this.#owner.signal.aborted) action();
    });
  }

  #hear(probabilities: Float32Array): void {
    if (this.#owner.signal.aborted) return;
    this.#recent.voicing.push(probabilities);
    for (const probability of probabilities) {
      for (const found of this.#segmenter.add(probability)) this.#follow(found);
      this.#considerGap();
      this.#considerUtteranceEnd();
      this.#considerHeard();
    }
    this.#considerPartial();
    this.#letGo();
  }

  #follow(found: Segmentation): void {
    if (found.type === "started") this.#start(found.from);
    else if (found.type === "suspected") {
      this.#partials.stop();
      this.#add(found.span, undefined);
    } else if (found.type === "resumed") {
      if (this.#takeBack()) this.#owner.emit({ type: "speech-resumed", utterance: this.#utterance });
    } else if (found.type === "ended") this.#end(found, "endpoint");
    else this.#cut(found.span);
  }

  /** What was suspected is not so; the answer says whether its text had been told. */
  #takeBack(): boolean {
    const wasTold = this.#finals.takeBack();
    if (wasTold !== undefined) this.#owner.parts.metrics.speculations.add({ outcome: "void" });
    return wasTold === true;
  }

  #start(from: number): void {
    this.#startedAt = performance.now();
    this.#spokenFrom = from;
    const heldFrom = (this.#segmenter.openFrom ?? from) / SAMPLE_RATE;
    this.#owner.emit({ type: "speech-started", utterance: ++this.#utterance, from: from / SAMPLE_RATE, heldFrom });
  }

  #add(span: Span, ending: Final["ending"], known: Pick<Final, "settled" | "isSettled"> = this.#settled): void {
    const spokenFrom = Math.max(span.from, this.#spokenFrom);
    this.#finals.add({ utterance: this.#utterance, span, spokenFrom, ending, ...known });
  }

  /** Answers a `finalize` when nobody had spoken; what may become speech is still to come. */
  #addEmpty(end: number): void {
    const at = Math.min(end, this.#segmenter.neededFrom);
    this.#add({ from: at, to: at }, { reason: "finalize", endsUtterance: true }, { settled: [] });
  }

  get #settled(): Pick<Final, "settled"> {
    return { settled: this.#partials.settled };
  }

  #end(ended: Ended, reason: FinalReason): void {
    this.#tellEnd(ended, false);
    const ending = { reason, endsUtterance: true };
    if (this.#finals.confirm(ending)) this.#owner.parts.metrics.speculations.add({ outcome: "kept" });
    else this.#add(ended.span, ending);
    this.#partials.reset();
  }

  #cut(span: Span): void {
    const { openFrom, now, silence } = this.#segmenter;
    if (openFrom === undefined) this.#end({ span, spokenTo: now - silence }, "length");
    else this.#add(span, { reason: "length", endsUtterance: false }, this.#partials.close(span.to));
  }

  #considerPartial(): void {
    const { interim } = this.#owner.options;
    const from = this.#segmenter.openFrom;
    if (interim === false || from === undefined || !this.#finals.isEmpty) return;
    const to = this.#recent.audio.end;
    this.#partials.consider({ from, to }, this.#segmenter.silentFrom ?? to, (interim * SAMPLE_RATE) / 1000);
  }

  /** Without endpoints, a long silence ends what is open. */
  #considerGap(): void {
    const { utteranceEnd, endpointing } = this.#owner.options;
    const { now, silence, openFrom } = this.#segmenter;
    if (endpointing !== "manual" || utteranceEnd === undefined || openFrom === undefined) return;
    if (silence < (utteranceEnd * SAMPLE_RATE) / 1000) return;
    const ended = this.#segmenter.finalize(now);
    if (ended !== undefined) this.#end(ended, "gap");
  }

  #considerUtteranceEnd(): void {
    const { utteranceEnd } = this.#owner.options;
    if (utteranceEnd === undefined || this.#lastWord === undefined) return;
    const { openFrom, quietTo } = this.#segmenter;
    // Where the next word may begin: in what is still to be told, in what is open, or in what is still to be heard.
    const next = this.#finals.first?.spokenFrom ?? (openFrom === undefined ? quietTo : this.#spokenFrom);
    if (next - this.#lastWord * SAMPLE_RATE >= (utteranceEnd * SAMPLE_RATE) / 1000) this.#endUtterance();
  }

  #considerHeard(): void {
    const { heardEvery } = this.#owner.options;
    const { now, silence } = this.#segmenter;
    if (heardEvery === undefined || now - this.#heard < (heardEvery * SAMPLE_RATE) / 1000) return;
    this.#heard = now;
    this.#owner.emit({ type: "heard", to: now / SAMPLE_RATE, silence: silence / SAMPLE_RATE });
  }

  #endUtterance(): void {
    if (this.#owner.options.utteranceEnd === undefined || this.#lastWord === undefined) return;
    this.#owner.emit({ type: "utterance-ended", to: this.#lastWord });
    this.#lastWord = undefined;
  }

  /** What is still to be told, the first of it first: a final that is on its way, and what is or will be open. */
  get #undecided(): Undecided[] {
    const { first } = this.#finals;
    const from = this.#segmenter.neededFrom;
    const open = { span: { from, to: from }, settled: this.#partials.settled };
    return first === undefined ? [open] : [first, open];
  }

  #letGo(): void {
    const undecided = this.#undecided;
    this.#toldTo = Math.min(...undecided.map(({ span, settled }) => endOf(span, settled)));
    this.#recent.keepFor(undecided);
    this.#owner.waitingChanged();
  }

  async #decodeFinal(final: Final, signal: AbortSignal): Promise<Segment[]> {
    const { span, settled } = final;
    const voiced = this.#recent.voicing.within({ from: endOf(span, settled), to: span.to });
    const isSilent = voiced.reduce((sum, { from, to }) => sum + to - from, 0) < LEAST_SPEECH;
    if (final.isSettled || (isSilent && settled.length > 0)) return this.#decoder.settled(final, signal);
    return isSilent ? [] : this.#decoder.final(this.#parts(final), final, signal);
  }

  #parts({ span, settled }: Undecided): Parts {
    return {
      part: this.#recent.part({ span, settled }),
      alone: () => this.#recent.alone({ span, settled }),
      after: endOf(span, settled) / SAMPLE_RATE,
      misled: () => this.#recent.forgetTold(),
    };
  }

  #tellEnd({ span, spokenTo }: Ended, isDiscarded: boolean): void {
    this.#owner.emit({
      type: "speech-ended",
      utterance: this.#utterance,
      to: span.to / SAMPLE_RATE,
      spokenTo: spokenTo / SAMPLE_RATE,
      endpointAt: this.#segmenter.now / SAMPLE_RATE,
      isDiscarded,
    });
  }

  #tellReached(type: "finalized" | "discarded", end: number): void {
    this.#owner.emit({ type, utterance: this.#utterance, to: end / SAMPLE_RATE });
  }

  #tellPartial(guess: Guess): void {
    const { metrics } = this.#owner.parts;
    metrics.partials.add({});
    if (this.#startedAt !== undefined) metrics.firstPartial.observe({}, (performance.now() - this.#startedAt) / 1000);
    this.#startedAt = undefined;
    this.#owner.emit(partialEvent(this.#utterance, guess));
  }

  #tellFinal(final: Final, segments: Segment[]): void {
    if (final.ending === undefined) return;
    const { model, detect, language } = this.#owner.options;
    // Words of another language are no beginning.
    const isOneLanguage = detect === "once" || language !== undefined;
    if (isOneLanguage && final.model === model.id) this.#recent.tell(final.span, final.words ?? []);
    const { reason } = final.ending;
    const latency = (performance.now() - (final.endedAt ?? 0)) / 1000;
    this.#owner.parts.metrics.finalLatency.observe({ reason }, latency);
    this.#lastWord = segments.flatMap(({ words }) => words).at(-1)?.to ?? this.#lastWord;
    this.#owner.emit(finalEvent(final, final.ending, segments));
    this.#considerUtteranceEnd();
    this.#letGo();
  }

  #tellFailure({ utterance }: Final, { code, message }: VerbatimError): void {
    this.#owner.emit({ type: "error", code, message, utterance });
  }
}
