/** Makes smaller weights on this machine. */
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { type ErrorCode, VerbatimError } from "../error.ts";
import { selfWorker } from "../ipc/self.ts";
import { cancelJob, freeJob, type JobHandle, jobProgress, newJob } from "../native/job.ts";
import type { Quantisation } from "./catalogue.ts";
import { sha256Of } from "./checksum.ts";
import { moveIntoPlace, requireRoom } from "./disk.ts";
import { readHeader } from "./header.ts";

export interface QuantizeRequest {
  from: string;
  to: string;
  type: Quantisation;
  job: JobHandle;
}

export interface QuantizeAnswer {
  error?: { code: ErrorCode; message: string };
}

export interface QuantizeOptions {
  signal?: AbortSignal | undefined;
  /** Told of the share that is done, 0 to 1. */
  progress?: ((share: number) => void) | undefined;
}

/** Between two looks at the progress, in milliseconds. */
const LOOK = 100;

/** Reads an f16 or f32 model and puts its quantised form at `to`, whole or not at all; answers with the new file's sha256. */
export async function quantizeFile(
  from: string,
  to: string,
  type: Quantisation,
  options: QuantizeOptions = {},
): Promise<string> {
  const { quantisation } = await readHeader(from);
  if (quantisation !== "f16" && quantisation !== "f32")
    throw new VerbatimError(
      "bad-parameter",
      `${from} is quantised already (${quantisation}); quantising needs the full weights.`,
    );
  // The result is smaller than its source, whatever the type.
  requireRoom(dirname(to), Bun.file(from).size);
  const draft = `${to}.quantizing`;
  rmSync(draft, { force: true });
  try {
    await runWorker({ from, to: draft, type }, options);
    await readHeader(draft);
    const sha256 = await sha256Of(draft, { signal: options.signal });
    moveIntoPlace(draft, to);
    return sha256;
  } finally {
    rmSync(draft, { force: true });
  }
}

async function runWorker(request: Omit<QuantizeRequest, "job">, { signal, progress }: QuantizeOptions): Promise<void> {
  signal?.throwIfAborted();
  const job = newJob();
  const worker = new Worker(selfWorker("models/quantize-worker.ts"));
  const abort = () => cancelJob(job);
  const looking = setInterval(() => progress?.(jobProgress(job)), LOOK);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const { error } = await new Promise<QuantizeAnswer>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<QuantizeAnswer>) => resolve(data);
      worker.onerror = ({ message }) => reject(new VerbatimError("engine-failed", `Quantising failed: ${message}`));
      worker.postMessage({ ...request, job } satisfies QuantizeRequest);
    });
    signal?.throwIfAborted();
    if (error) throw new VerbatimError(error.code, `${request.from} could not be quantised: ${error.message}`);
  } finally {
    signal?.removeEventListener("abort", abort);
    clearInterval(looking);
    worker.terminate();
    freeJob(job);
  }
}
