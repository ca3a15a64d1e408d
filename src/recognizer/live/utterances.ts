/**
 * A channel's utterances, from what the segmenter finds to what is told: partials while one is open, a final begun on suspicion, kept or thrown away,
 * and the ends of utterances.
 */
import { SAMPLE_RATE } from "../../engine/settings.ts";
import type { VerbatimError } from "../../error.ts";
import type { Segment } from "../../text/transcript.ts";
import { FRAME_SAMPLES } from "../../vad/speech.ts";
import type { Span } from "../packing.ts";
import { type DecodingConditions, LiveDecoder, type Parts } from "./decoding.ts";
import type { ChannelEvent, FinalReason } from "./events.ts";
import { type Final, Finals } from "./finals.ts";
import { type Guess, Partials } from "./partials.ts";
import type { Recent, Undecided } from "./recent.ts";
import type { Ended, Segmentation, Segmenter } from "./segmenter.ts";
import { finalEvent, likelyEvent, partialEvent } from "./telling.ts";
import { endOf, isQuick, PARTIAL, type Reach, reachOfFinal } from "./told.ts";

/** Speech of less than so many samples (two frames) has no words: a word that a `finalize` cut in two. */
const LEAST_SPEECH = 2 * FRAME_SAMPLES;

/** Which options are others than before. */
export interface Changed {
  language: boolean;
  model: boolean;
  /** The prompt or the key terms. */
  prompt: boolean;
}

export interface UtterancesOwner extends DecodingConditions {
  emit(event: ChannelEvent): void;
}

export class Utterances {
  readonly #owner: UtterancesOwner;
  readonly #decided: () => void;
  readonly #recent: Recent;
  readonly #segmenter: Segmenter;
  readonly #partials: Partials;
  readonly #finals: Finals;
  readonly #decoder: LiveDecoder;
  /** The number of the last utterance that began. */
  #utterance = -1;
  /** Where its speech began (sample). */
  #spokenFrom = 0;
  /** When the open utterance began (milliseconds of `performance.now`), until it has its first partial. */
  #startedAt: number | undefined;
  /** Where the last word that was told ends, until `utterance-ended` has been told. */
  #lastWord: number | undefined;

  /** Calls `decided` when a final has been told, and less is undecided. */
  constructor(owner: UtterancesOwner, recent: Recent, segmenter: Segmenter, decided: () => void) {
    this.#owner = owner;
    this.#decided = decided;
    this.#recent = recent;
    this.#segmenter = segmenter;
    this.#decoder = new LiveDecoder(owner);
    this.#partials = new Partials({
      decode: (span, settled, signal) => this.#decoder.partial(this.#parts({ span, settled }, PARTIAL), signal),
      partial: (guess) => this.#tellPartial(guess),
    });
    this.#finals = new Finals({
      decode: (final, signal) => this.#decodeFinal(final, signal),
      likely: (final, segments) => owner.emit(likelyEvent(final, segments)),
      final: (final, segments) => this.#tellFinal(final, segments),
      failed: (final, error) => this.#tellFailure(final, error),
    });
  }

  /** What is still to be told, the first of it first: a final that is on its way, and what is or will be open. */
  get undecided(): Undecided[] {
    const { first } = this.#finals;
    const from = this.#segmenter.neededFrom;
    const open = { span: { from, to: from }, settled: this.#partials.settled };
    return first === undefined ? [open] : [first, open];
  }

  /** Takes what the next frame has changed. */
  frame(changes: readonly Segmentation[]): void {
    for (const change of changes) this.#follow(change);
    this.#considerGap();
    this.#considerUtteranceEnd();
  }

  /** Begins a partial, if there is enough that is new. */
  considerPartial(): void {
    const { interim } = this.#owner.options;
    const from = this.#segmenter.openFrom;
    if (interim === false || from === undefined || !this.#finals.isEmpty) return;
    const to = this.#recent.audio.end;
    this.#partials.consider({ from, to }, this.#segmenter.silentFrom ?? to, (interim * SAMPLE_RATE) / 1000);
  }

  /** Makes final what is open, up to this sample. */
  finalize(end: number, reason: FinalReason): void {
    const ended = this.#segmenter.finalize(end);
    if (ended === undefined && reason === "finalize") this.#utterance++;
    if (reason === "finalize") this.#tellReached("finalized", end);
    if (ended !== undefined) this.#end(ended, reason);
    else if (reason === "finalize") this.#addEmpty(end);
  }

  /** Forgets what is not final and was not going to be, up to this sample. */
  discard(end: number): void {
    this.#takeBack();
    this.#partials.reset();
    this.#tellReached("discarded", end);
    const open = this.#segmenter.openFrom;
    const { now, silence } = this.#segmenter;
    if (open !== undefined) this.#tellEnd({ span: { from: open, to: now }, spokenTo: now - silence }, true);
    this.#segmenter.discard(end);
  }

  /** What was told is in another language than what comes, tokens mean something else to another model, and terms would be spelled as before. */
  changed({ language, model, prompt }: Changed): void {
    if (language || model) this.#decoder.forgetLanguage();
    if (language || model || prompt) this.#recent.forgetTold();
    if (model) this.#partials.reset();
  }

  /** Resolves when all is told. */
  async finish(): Promise<void> {
    await this.#finals.settled;
    this.#endUtterance();
  }

  /** Stops everything at once. */
  abort(): void {
    this.#partials.stop();
    this.#finals.abort();
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

  #endUtterance(): void {
    if (this.#owner.options.utteranceEnd === undefined || this.#lastWord === undefined) return;
    this.#owner.emit({ type: "utterance-ended", to: this.#lastWord });
    this.#lastWord = undefined;
  }

  async #decodeFinal(final: Final, signal: AbortSignal): Promise<Segment[]> {
    const { span, settled } = final;
    const voiced = this.#recent.voicing.within({ from: endOf(span, settled), to: span.to });
    const isSilent = voiced.reduce((sum, { from, to }) => sum + to - from, 0) < LEAST_SPEECH;
    if (final.isSettled || (isSilent && settled.length > 0)) return this.#decoder.settled(final, signal);
    if (isSilent) return [];
    const { took } = this.#partials;
    const reach = reachOfFinal(took, this.#segmenter.ahead);
    return this.#decoder.final(this.#parts(final, reach), final, signal, isQuick(took));
  }

  #parts({ span, settled }: Undecided, reach: Reach): Parts {
    return {
      part: this.#recent.part({ span, settled }, reach),
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
    this.#decided();
  }

  #tellFailure({ utterance }: Final, { code, message }: VerbatimError): void {
    this.#owner.emit({ type: "error", code, message, utterance });
  }
}
