/** Models on their way to this machine. Who asks for one that is on its way already is told how that goes on; when nobody is left to tell, it stops. */
import type { Settings } from "../../../config/table.ts";
import type { Log } from "../../../log/log.ts";
import type { CatalogueModel } from "../../../models/catalogue.ts";
import { obtainModel } from "../../../models/obtain.ts";
import type { ModelProgress } from "../../../models/progress.ts";
import type { StoredModel } from "../../../models/store.ts";

/** Milliseconds between two looks at how it goes on. */
const INTERVAL = 100;

interface Pull {
  latest?: ModelProgress;
  outcome?: { model: StoredModel } | { failure: unknown };
  followers: number;
  stop: AbortController;
}

export class Pulls {
  readonly #settings: Settings;
  readonly #log: Log;
  readonly #running = new Map<string, Pull>();

  constructor(settings: Settings, log: Log) {
    this.#settings = settings;
    this.#log = log;
  }

  /** Gets a model of the catalogue; tells how that goes on, and returns the model. Ends early with what the signal says. */
  async *follow(model: CatalogueModel, signal: AbortSignal): AsyncGenerator<ModelProgress, StoredModel> {
    const pull = this.#running.get(model.id) ?? this.#begin(model);
    pull.followers++;
    try {
      let told: ModelProgress | undefined;
      for (;;) {
        const { outcome, latest } = pull;
        if (latest !== undefined && latest !== told) {
          told = latest;
          yield latest;
        }
        if (outcome && "failure" in outcome) throw outcome.failure;
        if (outcome) return outcome.model;
        await Bun.sleep(INTERVAL);
        signal.throwIfAborted();
      }
    } finally {
      pull.followers--;
      if (pull.followers === 0) this.#end(model.id, pull);
    }
  }

  #begin(model: CatalogueModel): Pull {
    const stop = new AbortController();
    const pull: Pull = { followers: 0, stop };
    const progress = (latest: ModelProgress) => {
      pull.latest = latest;
    };
    void obtainModel(model, this.#settings, { log: this.#log, signal: stop.signal, progress }).then(
      (model) => {
        pull.outcome = { model };
      },
      (failure: unknown) => {
        pull.outcome = { failure };
      },
    );
    this.#running.set(model.id, pull);
    return pull;
  }

  #end(id: string, pull: Pull): void {
    pull.stop.abort();
    if (this.#running.get(id) === pull) this.#running.delete(id);
  }
}
