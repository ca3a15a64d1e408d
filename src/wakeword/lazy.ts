/** A detector that is started when somebody first wants it: most servers never do. */
import { type DetectorOptions, startWakeWords } from "./detector.ts";
import type { WakeWordDetector } from "./wakeword.ts";

export class LazyWakeWords {
  readonly #options: DetectorOptions;
  #started: Promise<WakeWordDetector> | undefined;

  constructor(options: DetectorOptions) {
    this.#options = options;
  }

  /** Rejects with why there is none; the next call tries again. */
  get(): Promise<WakeWordDetector> {
    this.#started ??= startWakeWords(this.#options).catch((thrown) => {
      this.#started = undefined;
      throw thrown;
    });
    return this.#started;
  }

  async close(): Promise<void> {
    const detector = await this.#started?.catch(() => undefined);
    await detector?.close();
  }
}
