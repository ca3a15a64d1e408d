/** Smaller weights from the full ones. */
import { call, cString } from "./call.ts";
import type { JobHandle } from "./job.ts";
import { native } from "./library.ts";

/**
 * Reads an f16 or f32 model and writes it quantised (`q8_0`, `q5_1`, …) to a new file. Blocks the thread; the job shows progress to
 * another one.
 */
export function quantize(from: string, to: string, type: string, job: JobHandle | null = null): void {
  const [source, target, kind] = [cString(from, "from"), cString(to, "to"), cString(type, "type")];
  call((error) => native().vb_quantize(source, target, kind, job, error));
}
