/** The command line of an engine process: the server writes it and the process reads it, so a mistake in it is ours. */
import { parseArgs } from "node:util";

export interface EngineArguments {
  /** Path of the model's file. */
  model: string;
  /** Jobs at once. */
  workers: number;
  /** `auto`, `cpu`, or what must be there. */
  backend: string;
  /** The file of a GPU's backend, which is then to be used. */
  gpu?: string | undefined;
  /** The file of one of the library's CPU variants. */
  variant?: string | undefined;
  /** Decode something before saying that the engine is ready: what is loaded may not run on this CPU. */
  prove?: boolean;
}

/** What follows `verbatim engine`. */
export function engineArguments({ model, workers, backend, gpu, variant, prove }: EngineArguments): string[] {
  // One word each, so that a path that begins with a dash is no flag.
  return [
    ...[`--model=${model}`, `--workers=${workers}`, `--backend=${backend}`],
    ...(gpu ? [`--gpu=${gpu}`] : []),
    ...(variant ? [`--variant=${variant}`] : []),
    ...(prove ? ["--prove"] : []),
  ];
}

/** The same, read. */
export function parseEngineArguments(argv: readonly string[]): EngineArguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      model: { type: "string" },
      workers: { type: "string", default: "1" },
      backend: { type: "string", default: "auto" },
      gpu: { type: "string" },
      variant: { type: "string" },
      prove: { type: "boolean", default: false },
    },
  });
  if (!values.model) throw new Error("An engine needs --model=FILE.");
  const { model, workers, backend, gpu, variant, prove } = values;
  return { model, workers: Number(workers), backend, gpu, variant, prove };
}
