/**
 * Which of the library's files an engine process loads: a GPU's backend where there is one, and a CPU variant. The CPU's flags give the
 * variants' order, a process that has decoded with a file gives the trust, a measurement (tune.ts) has the last word: the newest
 * instruction set is not always the fastest one.
 */
import { VerbatimError } from "../error.ts";
import { selfCommand } from "../ipc/self.ts";
import type { Log } from "../log/log.ts";
import { fittingVariants, gpuFiles, variantFiles } from "../native/variants.ts";
import type { EngineSettings } from "./settings.ts";
import { fastest, newTuning, readTuning, type Tuning, writeTuning } from "./tuning.ts";

export interface Choice {
  /** The file of the GPU's backend; undefined: the CPU computes, or the library is in one piece. */
  gpu: string | undefined;
  /** The file of the CPU variant. Undefined: the library has one, or chooses itself. */
  variant: string | undefined;
  /** The engine must decode something before it is trusted. */
  prove: boolean;
}

const NO_CHOICE: Choice = { gpu: undefined, variant: undefined, prove: false };

export class Variants {
  readonly #log: Log;
  readonly #backend: EngineSettings["backend"];
  readonly #forced: string | undefined;
  readonly #isNeeded: boolean;
  readonly #gpu: string | undefined;
  /** Models that could not be run on the GPU: the reason may be their size. The next start of the program tries again. */
  readonly #offGpu = new Set<string>();
  #tuning: Tuning | undefined;
  #listing: Promise<Tuning | undefined> | undefined;

  /** `forced` is tried and no other. */
  constructor(log: Log, backend: EngineSettings["backend"], forced = process.env.VERBATIM_NATIVE_VARIANT) {
    this.#log = log;
    this.#backend = backend;
    this.#forced = forced;
    this.#gpu = forced ? undefined : gpuFile(backend);
    this.#isNeeded = !forced && (count(variantFiles) > 1 || count(gpuFiles) > 0);
    if (this.#isNeeded) this.#tuning = readTuning();
  }

  /** Decodes at once that were measured to be best on this CPU; 0: nobody knows. */
  get workers(): number {
    return this.#best?.workers ?? 0;
  }

  /** What the next engine process is to load for this model. */
  async choose(model: string): Promise<Choice> {
    if (this.#forced) return { ...NO_CHOICE, variant: this.#forced };
    if (!this.#isNeeded) return NO_CHOICE;
    this.#listing ??= this.#tuning ? Promise.resolve(this.#tuning) : this.#list();
    const tuning = await this.#listing;
    if (!tuning) return NO_CHOICE;
    this.#tuning = tuning;
    const best = this.#best?.variant;
    const variant = best ?? tuning.variants.find((one) => !(one in tuning.broken));
    if (variant) {
      const gpu = this.#offGpu.has(model) ? undefined : this.#gpu;
      // Drivers change under a GPU's backend: it is tried each time.
      return { gpu, variant, prove: gpu !== undefined || !tuning.proven.includes(variant) };
    }
    // All have failed, so it was not for their instructions: the model, the memory, the machine.
    tuning.broken = {};
    return { ...NO_CHOICE, variant: this.#gpu && tuning.variants[0] };
  }

  /** An engine process has decoded with it. What died before it is remembered only now: a model that kills every variant says nothing of them. */
  proved({ variant }: Choice): void {
    if (!variant || !this.#tuning || this.#tuning.proven.includes(variant)) return;
    this.#tuning.proven.push(variant);
    writeTuning(this.#tuning);
  }

  /**
   * An engine process died before it had decoded anything with this choice, or could not begin. True when the next choice is another one,
   * so that it is to be tried at once.
   */
  failed(model: string, { gpu, variant, prove }: Choice, how: string): boolean {
    if (gpu) {
      // Who asked for this GPU is told.
      if (this.#backend !== "auto") return false;
      this.#offGpu.add(model);
      this.#log.warn("The GPU cannot be used and the CPU computes", { model, backend: gpu, how });
      return true;
    }
    if (!variant || !prove || !this.#tuning) return false;
    this.#tuning.broken[variant] = how;
    // It may have been what died beside the GPU's backend.
    this.#offGpu.delete(model);
    this.#log.warn("A CPU variant of the library does not run here and is skipped", { variant, how });
    return true;
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
  if (count(variantFiles) === 0) return [];
  const child = Bun.spawn(selfCommand(["variants"]), { stdio: ["ignore", "pipe", "ignore"], env: { ...process.env } });
  const [text, code] = await Promise.all([child.stdout.text(), child.exited]);
  if (code === 0) return JSON.parse(text);
  const how = child.signalCode ?? `exit code ${code}`;
  throw new VerbatimError("engine-failed", `The library's CPU variants could not be asked for their bids (${how}).`);
}

/** The file that computes on what the settings name. */
function gpuFile(backend: EngineSettings["backend"]): string | undefined {
  if (backend === "cpu" || count(gpuFiles) === 0) return undefined;
  return gpuFiles().find((file) => backend === "auto" || file.includes(`ggml-${backend}.`));
}

function count(files: () => string[]): number {
  try {
    return files().length;
  } catch {
    // What is wrong with the library's folder is told by the engine that needs it.
    return 0;
  }
}

/** `verbatim variants`: the process that asks each file for its bid. */
export async function runVariants(): Promise<number> {
  await Bun.write(Bun.stdout, JSON.stringify(fittingVariants()));
  return 0;
}
