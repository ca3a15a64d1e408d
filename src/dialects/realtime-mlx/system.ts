/** The page's "system": whether this machine's microphone is listened to, and how. */
import { toVerbatimError, VerbatimError } from "../../error.ts";
import type { WakeWordStream } from "../../wakeword/wakeword.ts";
import type { Services } from "../dialect.ts";
import type { Audience } from "./audience.ts";
import { errorFields } from "./errors.ts";
import { now, type SystemStatus } from "./events.ts";
import type { Ear, Listening } from "./hearing/ear.ts";
import { type Plan, planOf, planWithout } from "./hearing/plan.ts";
import { Run } from "./hearing/run.ts";
import type { Profile } from "./profiles/profile.ts";

interface Running {
  /** Undefined: it hears nothing, and yet was to begin. */
  run: Run | undefined;
  plan: Plan;
  profile: string;
  config: Profile;
}

export interface StartOptions {
  /** What to do when it runs already. */
  again: "refuse" | "restart";
  /** What to do without a microphone, or without the wake words that are asked for: the original begins all the same, and hears nothing. */
  lacking: "refuse" | "pass";
}

export class System {
  readonly #services: Services;
  readonly #audience: Audience;
  readonly #ear: Ear;
  #running: Running | undefined;
  /** Starts and stops happen one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(services: Services, audience: Audience, ear: Ear) {
    this.#services = services;
    this.#audience = audience;
    this.#ear = ear;
  }

  get status(): SystemStatus {
    const running = this.#running;
    return {
      running: running !== undefined,
      active_features: running?.plan.features ?? [],
      state: running === undefined ? "stopped" : (running.run?.state ?? "deaf"),
      profile: running?.profile ?? null,
    };
  }

  /** The profile that is followed, with what was asked beside it. */
  get config(): Profile | null {
    return this.#running?.config ?? null;
  }

  /** Begins to listen; the plan that is followed names what could not be begun. Throws `conflict` when it listens already, unless it may begin anew. */
  start(profile: string, config: Profile, { again, lacking }: StartOptions): Promise<Plan> {
    return this.#inTurn(async () => {
      if (this.#running && again === "refuse")
        throw new VerbatimError("conflict", "The system is running already. Stop it before starting it again.");
      try {
        const plan = await planOf(config, this.#services.settings);
        await this.#stop();
        return await this.#start({ profile, config, plan }, lacking);
      } catch (thrown) {
        throw startFailure(thrown);
      }
    });
  }

  /** Stops listening, what was said being told; throws `conflict` when nothing runs, unless that does not matter. */
  stop({ idle }: { idle: "refuse" | "pass" }): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#running) await this.#stop();
      else if (idle === "refuse") throw new VerbatimError("conflict", "The system is not running.");
    });
  }

  async #start(asked: Omit<Running, "run">, lacking: StartOptions["lacking"]): Promise<Plan> {
    let lacks: string | undefined;
    try {
      lacks = "wake_word_detection";
      const stream = await this.#wakeWords(asked.plan);
      lacks = "audio_capture";
      const listening = await this.#ear.listen().catch((thrown) => {
        stream?.close();
        throw thrown;
      });
      lacks = undefined;
      this.#running = { ...asked, run: this.#run(asked.plan, listening, stream) };
    } catch (thrown) {
      if (lacks === undefined || lacking === "refuse") throw thrown;
      const { message } = toVerbatimError(thrown);
      this.#running = { ...asked, plan: planWithout(asked.plan, lacks, message), run: undefined };
      this.#services.log.warn("listening was started and hears nothing", { lacks, error: message });
    }
    this.#tell();
    return this.#running.plan;
  }

  async #wakeWords({ wake }: Plan): Promise<WakeWordStream | undefined> {
    return wake && (await (await this.#services.wakeWords()).open(wake));
  }

  #run(plan: Plan, listening: Listening, stream: WakeWordStream | undefined): Run {
    try {
      const run = new Run({
        services: this.#services,
        audience: this.#audience,
        plan,
        listening,
        ...(stream ? { wake: stream } : {}),
        changed: () => this.#tell(),
        ended: (error) => this.#ended(run, error),
      });
      return run;
    } catch (thrown) {
      listening.close();
      stream?.close();
      throw thrown;
    }
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    await running.run?.stop();
    if (this.#running !== running) return;
    this.#running = undefined;
    this.#tell();
  }

  /** The source is at its end, or has failed. */
  #ended(run: Run, error: VerbatimError | undefined): void {
    if (this.#running?.run !== run) return;
    this.#running = undefined;
    if (error) {
      this.#services.log.error("listening ended", { error });
      this.#audience.tell({ event: "error", ...errorFields(error) });
    }
    this.#tell();
  }

  #tell(): void {
    this.#audience.tell({ event: "system_status", ...this.status, timestamp: now() });
  }

  #inTurn<Result>(action: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(action);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

function startFailure(thrown: unknown): VerbatimError {
  const error = toVerbatimError(thrown);
  const { code, message, parameter, retryAfter } = error;
  // Words for which there is no model, and missing models, are this machine's matter too.
  const reason = code === "model-missing" ? "capture" : error.reason;
  return new VerbatimError(code, `Error starting system: ${message}`, {
    cause: error,
    ...(parameter === undefined ? {} : { parameter }),
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}
