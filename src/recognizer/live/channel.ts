/**
 * One channel of a session, from PCM to utterances. What is pushed and asked for takes effect in order, when the VAD has heard all before it.
 */
import { isSound, repair } from "../../audio/pcm.ts";
import { SAMPLE_RATE } from "../../engine/settings.ts";
import { FRAME_SAMPLES, type SpeechStream } from "../../vad/speech.ts";
import type { FinalReason } from "./events.ts";
import { Order } from "./order.ts";
import { Recent } from "./recent.ts";
import { Segmenter, type SegmenterOptions } from "./segmenter.ts";
import { endOf } from "./told.ts";
import { type Changed, Utterances, type UtterancesOwner } from "./utterances.ts";

/** A push is given to the VAD in pieces of so many samples (four seconds), so that what is found in a long one is told early. */
const PIECE = 125 * FRAME_SAMPLES;

/** Milliseconds before the endpoint at which the final is begun at the latest: it takes about as long. */
const LEAD = 136;
/** Milliseconds: a silence shorter than two frames is none. */
const LEAST_SUSPICION = 64;

export interface ChannelOwner extends UtterancesOwner {
  /** Audio was taken in, or is no longer to be decoded. */
  waitingChanged(): void;
  failed(thrown: unknown): void;
}

export class LiveChannel {
  readonly #owner: ChannelOwner;
  readonly #stream: SpeechStream;
  readonly #recent: Recent;
  readonly #segmenter: Segmenter;
  readonly #utterances: Utterances;
  readonly #order: Order;
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
    this.#utterances = new Utterances(owner, this.#recent, this.#segmenter, () => this.#letGo());
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
      this.#utterances.finalize(end, reason);
      this.#letGo();
    });
  }

  /** Forgets what is not final and was not going to be. */
  discard(): void {
    const { end } = this.#recent.audio;
    this.#inOrder(() => {
      this.#utterances.discard(end);
      this.#letGo();
    });
  }

  /** The owner's options have changed. */
  configured(changed: Changed): void {
    this.#inOrder(() => {
      const rules = this.#rules;
      this.#segmenter.configure(rules);
      this.#recent.voicing.threshold = rules.vad.threshold;
      this.#utterances.changed(changed);
    });
  }

  /** Makes the rest final; resolves when all is told. */
  async finish(): Promise<void> {
    this.finalize("close");
    await this.#order.done;
    await this.#utterances.finish();
  }

  /** Stops everything at once. */
  abort(): void {
    this.#utterances.abort();
    this.#stream.close();
    this.#recent.audio.forget(this.#recent.audio.end);
  }

  get #rules(): SegmenterOptions {
    const { options, parts } = this.#owner;
    const { endpointing } = options;
    const latest = endpointing === "manual" ? options.likelyAfter : Math.max(LEAST_SUSPICION, endpointing - LEAD);
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
      this.#utterances.frame(this.#segmenter.add(probability));
      this.#considerHeard();
    }
    this.#utterances.considerPartial();
    this.#letGo();
  }

  #considerHeard(): void {
    const { heardEvery } = this.#owner.options;
    const { now, silence } = this.#segmenter;
    if (heardEvery === undefined || now - this.#heard < (heardEvery * SAMPLE_RATE) / 1000) return;
    this.#heard = now;
    this.#owner.emit({ type: "heard", to: now / SAMPLE_RATE, silence: silence / SAMPLE_RATE });
  }

  #letGo(): void {
    const { undecided } = this.#utterances;
    this.#toldTo = Math.min(...undecided.map(({ span, settled }) => endOf(span, settled)));
    this.#recent.keepFor(undecided);
    this.#owner.waitingChanged();
  }
}
