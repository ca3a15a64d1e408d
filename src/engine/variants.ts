/**
 * Which of the library's CPU variants an engine process loads. The CPU's flags give the order, a process that has decoded with a variant
 * gives the trust, a measurement (tune.ts) has the last word: the newest instruction set is not always the fastest one.
 */
import { VerbatimError } from "../error.ts";
import { selfCommand } from "../ipc/self.ts";
import type { Log } from "../log/log.ts";
import { fittingVariants, variantFiles } from "../native/variants.ts";
import { fastest, newTuning, readTuning, type Tuning, writeTuning } from "./tuning.ts";

export interface Choice {
  /** Undefined: the library has one variant, or chooses itself. */
  variant: string | undefined;
  /** The engine must decode something before it is trusted. */
  prove: boolean;
}

const NO_CHOICE: Choice = { variant: undefined, prove: false };

export class Variants {
  readonly #log: Log;
  readonly #forced: string | undefined;
  readonly #isNeeded: boolean;
  #tuning: Tuning | undefined;
  #listing: Promise<Tuning | undefined> | undefined;

  /** `forced` is tried and no other. */
  constructor(log: Log, forced = process.env.VERBATIM_NATIVE_VARIANT) {
    this.#log = log;
    this.#forced = forced;
    this.#isNeeded = !forced && hasVariants();
    if (this.#isNeeded) this.#tuning = readTuning();
  }

  /** Decodes at once that were measured to be best on this CPU; 0: nobody knows. */
  get workers(): number {
    return this.#best?.workers ?? 0;
  }

  /** What the next engine process is to load. */
  async choose(): Promise<Choice> {
    if (this.#forced) return { variant: this.#forced, prove: false };
    if (!this.#isNeeded) return NO_CHOICE;
    this.#listing ??= this.#tuning ? Promise.resolve(this.#tuning) : this.#list();
    const tuning = await this.#listing;
    if (!tuning) return NO_CHOICE;
    this.#tuning = tuning;
    const best = this.#best?.variant;
    const variant = best ?? tuning.variants.find((one) => !(one in tuning.broken));
    if (variant) return { variant, prove: !tuning.proven.includes(variant) };
    // All have failed, so it was not for their instructions: the model, the memory, the machine.
    tuning.broken = {};
    return NO_CHOICE;
  }

  /** An engine process has decoded with it. What died before it is remembered only now: a model that kills every variant says nothing of them. */
  proved(variant: string): void {
    if (!this.#tuning || this.#tuning.proven.includes(variant)) return;
    this.#tuning.proven.push(variant);
    writeTuning(this.#tuning);
  }

  /** An engine process died before it had decoded anything with it; the next choice is another one. */
  failed(variant: string, how: string): void {
    if (!this.#tuning) return;
    this.#tuning.broken[variant] = how;
    this.#log.warn("A CPU variant of the library does not run here and is skipped", { variant, how });
  }

  get #best() {
    const { measured, broken } = this.#tuning ?? { measured: [], broken: {} };
    return fastest(measured.filter(({ variant }) => !(variant in broken)));
  }

  async #list(): Promise<Tuning | undefined> {
    try {
      return newTuning(await listVariants());
    } catch (thrown) {
      this.#log.warn("The library chooses its CPU variant itself", { error: thrown });
      return undefined;
    }
  }
}

/** The variants that fit this CPU by its flags, highest bid first; none where the library leaves no choice. */
export async function listVariants(): Promise<string[]> {
  if (!hasVariants()) return [];
  const child = Bun.spawn(selfCommand(["variants"]), { stdio: ["ignore", "pipe", "ignore"], env: { ...process.env } });
  const [text, code] = await Promise.all([child.stdout.text(), child.exited]);
  if (code === 0) return JSON.parse(text);
  const how = child.signalCode ?? `exit code ${code}`;
  throw new VerbatimError("engine-failed", `The library's CPU variants could not be asked for their bids (${how}).`);
}

function hasVariants(): boolean {
  try {
    return variantFiles().length > 1;
  } catch {
    // What is wrong with the library's folder is told by the engine that needs it.
    return false;
  }
}

/** `verbatim variants`: the process that asks each file for its bid. */
export async function runVariants(): Promise<number> {
  await Bun.write(Bun.stdout, JSON.stringify(fittingVariants()));
  return 0;
}
