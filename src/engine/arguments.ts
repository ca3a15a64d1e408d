/** The command line of an engine process: the server writes it and the process reads it, so a mistake in it is ours. */
import { parseArgs } from "node:util";

export interface EngineArguments {
  model: string;
  workers: number;
  gpu: boolean;
  gpuDevice: number;
}

/** What follows `verbatim engine`. */
export function engineArguments({ model, workers, gpu, gpuDevice }: EngineArguments): string[] {
  const gpuArguments = gpu ? ["--gpu", "--gpu-device", String(gpuDevice)] : [];
  return ["--model", model, "--workers", String(workers), ...gpuArguments];
}

/** The same, read. */
export function parseEngineArguments(argv: readonly string[]): EngineArguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      model: { type: "string" },
      workers: { type: "string", default: "1" },
      gpu: { type: "boolean", default: false },
      "gpu-device": { type: "string", default: "0" },
    },
  });
  if (!values.model) throw new Error("engine needs --model FILE");
  return {
    model: values.model,
    workers: Number(values.workers),
    gpu: values.gpu,
    gpuDevice: Number(values["gpu-device"]),
  };
}
