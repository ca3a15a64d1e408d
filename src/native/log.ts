/** What ggml and whisper.cpp have to say. */
import { native } from "./library.ts";

const DRAIN_BYTES = 16 * 1024;

/** The native log lines since the last call, oldest first. */
export function drainLog(): string[] {
  const lines: string[] = [];
  const into = new Uint8Array(DRAIN_BYTES);
  for (;;) {
    const written = Number(native().vb_log_drain(into, into.length));
    if (written === 0) return lines;
    const text = new TextDecoder().decode(into.subarray(0, written));
    lines.push(...text.split("\n").filter((line) => line.length > 0));
  }
}
