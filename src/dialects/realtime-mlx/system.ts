/** The page's "system": whether this machine's microphone is listened to, and how. */
import { toVerbatimError, VerbatimError } from "../../error.ts";
import type { Services } from "../dialect.ts";
import type { Audience } from "./audience.ts";
import { errorFields } from "./errors.ts";
import type { SystemStatus } from "./events.ts";
import type { Ear } from "./hearing/ear.ts";
import { type Plan, planOf } from "./hearing/plan.ts";
import { Run } from "./hearing/run.ts";
import type { Profile } from "./profiles/profile.ts";

interface Running {
  run: Run;
  plan: Plan;
  profile: string;
  config: Profile;
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
      state: running?.run.state ?? "stopped",
      profile: running?.profile ?? null,
    };
  }

  /** The profile that is followed, with what was asked beside it. */
  get config(): Profile | null {
    return this.#running?.config ?? null;
  }

  /** Begins to listen; throws `conflict` when it does already, unless it is to begin anew. */
  start(profile: string, config: Profile, { anew }: { anew: boolean }): Promise<Plan> {
    return this.#inTurn(async () => {
      if (this.#running && !anew)
        throw new VerbatimError("conflict", "The system is running already. Stop it before starting it again.");
      try {
        return await this.#start(profile, config);
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

  async #start(profile: string, config: Profile): Promise<Plan> {
    const plan = await planOf(config, this.#services.settings);
    await this.#stop();
    const { wake } = plan;
    const stream = wake && (await (await this.#services.wakeWords()).open(wake));
    try {
      const listening = await this.#ear.listen();
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
        this.#running = { run, plan, profile, config };
      } catch (thrown) {
        listening.close();
        throw thrown;
      }
    } catch (thrown) {
      stream?.close();
      throw thrown;
    }
    this.#tell();
    return plan;
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    await running.run.stop();
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
    this.#audience.tell({ event: "system_status", ...this.status });
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
