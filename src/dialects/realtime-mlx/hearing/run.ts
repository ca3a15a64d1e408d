/** One time of listening to this machine, from its start to its stop: what is heard → wake words, speech, words. */
import { toVerbatimError, VerbatimError } from "../../../error.ts";
import type { ClosedReason } from "../../../recognizer/live/events.ts";
import type { Session } from "../../../recognizer/live/session.ts";
import type { WakeWordStream } from "../../../wakeword/wakeword.ts";
import type { Services } from "../../dialect.ts";
import type { Audience } from "../audience.ts";
import { now } from "../events.ts";
import { Teller } from "../teller.ts";
import type { Listening } from "./ear.ts";
import { LevelGate } from "./level-gate.ts";
import type { Plan } from "./plan.ts";

/** Who takes turns with other clients when this machine's own sound is decoded. */
const CLIENT = "microphone";
/** Samples of a second. */
const RATE = 16_000;

export interface RunParts {
  services: Services;
  audience: Audience;
  plan: Plan;
  listening: Listening;
  /** Where it waits for words. */
  wake?: WakeWordStream;
  /** It waits for a wake word no longer, or again. */
  changed(): void;
  /** There is nothing more to hear, or no way to go on. Not called after `stop`. */
  ended(error?: VerbatimError): void;
}

/** A live session and what has been heard of it. */
interface Awake {
  session: Session;
  over: Promise<void>;
  /** Samples pushed, and up to where somebody spoke or the wake word was said. */
  heard: number;
  quietSince: number;
  isSpeaking: boolean;
}

export class Run {
  readonly #parts: RunParts;
  readonly #gate: LevelGate | undefined;
  readonly #teller: Teller;
  readonly #over: Promise<void>;
  /** Utterances so far, and those of the sessions before this one: each has an id of its own, as the original makes them. */
  #utterances = 0;
  #before = 0;
  readonly #began = Date.now();
  #awake: Awake | undefined;
  #isStopped = false;

  constructor(parts: RunParts) {
    const { plan, audience } = parts;
    this.#parts = parts;
    this.#gate = plan.gate === undefined ? undefined : new LevelGate(plan.gate);
    this.#teller = new Teller({
      audience,
      idOf: (utterance) => `vad-${this.#began}${String(this.#before + utterance).padStart(6, "0")}`,
      threshold: plan.threshold,
      tellsSpeech: plan.tellsSpeech,
      transcribes: plan.transcribes,
    });
    if (parts.wake === undefined) this.#wakeUp();
    this.#over = this.#hear();
  }

  get state(): "listening" | "waiting" {
    return this.#awake === undefined ? "waiting" : "listening";
  }

  /** Stops listening; resolves when what was said is told. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#parts.listening.close();
    await this.#over;
  }

  async #hear(): Promise<void> {
    const { listening, wake, ended } = this.#parts;
    let failure: VerbatimError | undefined;
    try {
      for await (const block of listening.blocks) await this.#take(block);
    } catch (thrown) {
      failure = toVerbatimError(thrown);
    }
    listening.close();
    wake?.close();
    await this.#sleep();
    if (!this.#isStopped) ended(failure);
  }

  async #take(block: Float32Array): Promise<void> {
    const { wake, plan, audience, changed } = this.#parts;
    const pcm = this.#gate?.push(block) ?? block;
    for (const { word, score } of (await wake?.push(block)) ?? []) {
      const confidence = Math.round(score * 1000) / 1000;
      audience.tell({ event: "wake_word", wake_word: word, word, confidence, timestamp: now() });
      if (this.#awake) this.#awake.quietSince = this.#awake.heard;
      else {
        this.#wakeUp();
        changed();
      }
    }
    const awake = this.#awake;
    if (awake === undefined) return;
    awake.heard += pcm.length;
    if (pcm.length > 0) awake.session.push([pcm]);
    if (plan.wake === undefined || awake.isSpeaking) return;
    if (awake.heard - awake.quietSince < plan.wake.timeout * RATE) return;
    await this.#sleep();
    changed();
  }

  #wakeUp(): void {
    const { services, plan } = this.#parts;
    const session = services.recognizer.openSession({ ...plan.session, client: CLIENT });
    this.#before = this.#utterances;
    const awake: Awake = { session, over: Promise.resolve(), heard: 0, quietSince: 0, isSpeaking: false };
    awake.over = this.#listen(awake);
    this.#awake = awake;
  }

  /** Ends the session, its last words told. */
  async #sleep(): Promise<void> {
    const awake = this.#awake;
    this.#awake = undefined;
    if (awake === undefined) return;
    const rest = this.#isStopped ? this.#gate?.flush() : undefined;
    if (rest && rest.length > 0) awake.session.push([rest]);
    await awake.session.close();
    await awake.over;
  }

  async #listen(awake: Awake): Promise<void> {
    const { services, listening, plan, ended } = this.#parts;
    let reason: ClosedReason = "failed";
    let seconds = 0;
    for await (const event of awake.session.events) {
      if (event.type === "closed") {
        reason = event.reason;
        seconds = event.at;
      } else if (event.type === "speech-started") {
        awake.isSpeaking = true;
        this.#utterances = this.#before + event.utterance + 1;
      } else if (event.type === "speech-ended") {
        awake.isSpeaking = false;
        awake.quietSince = awake.heard;
      }
      this.#teller.take(event);
    }
    services.metrics.audioSeconds.add({ dialect: "realtime-mlx", model: plan.session.model.id }, seconds);
    if (reason === "closed" || this.#isStopped) return;
    this.#isStopped = true;
    this.#awake = undefined;
    listening.close();
    ended(new VerbatimError("engine-failed", `Listening ended: ${reason}.`));
  }
}
