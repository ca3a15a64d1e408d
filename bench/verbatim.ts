/** Our own server, started from the checkout or from an executable, asked through its OpenAI door. */
import { join } from "node:path";
import type { Variant } from "./machine.ts";
import { freePort, type Load, postForm, type Running, type Sound, type System, startServer } from "./system.ts";

const root = join(import.meta.dir, "..");

export interface VerbatimOptions {
  /** An executable in place of the checkout. */
  binary?: string | undefined;
  /** An installed model's id or a path; the default model without. */
  model?: string | undefined;
  variant: Variant;
  /** The folder of a library built for the variant. */
  nativeFolder?: string | undefined;
  /** Where its log goes. */
  scratch: string;
}

interface OpenAiAnswer {
  text: string;
  words?: { word: string; start: number; end: number }[];
}

export function verbatim(options: VerbatimOptions): System {
  return {
    name: "verbatim",
    async start({ mode }: Load): Promise<Running> {
      const port = freePort();
      const base = `http://127.0.0.1:${port}`;
      const command = options.binary ? [options.binary] : [process.execPath, join(root, "src/main.ts")];
      const server = await startServer(
        [...command, "serve", "--port", String(port), ...(options.model ? ["--model", options.model] : [])],
        `${base}/ready`,
        join(options.scratch, "verbatim.log"),
        { env: options.nativeFolder ? { VERBATIM_NATIVE_DIR: options.nativeFolder } : {}, seconds: 300 },
      );
      const fields: Record<string, string> =
        mode === "text"
          ? { model: "whisper-1", response_format: "json" }
          : { model: "whisper-1", response_format: "verbose_json", "timestamp_granularities[]": "word" };
      return {
        async transcribe(sound: Sound) {
          const { text, words } = (await postForm(`${base}/v1/audio/transcriptions`, fields, sound)) as OpenAiAnswer;
          return { text, words: (words ?? []).map(({ word, start, end }) => ({ text: word, from: start, to: end })) };
        },
        remarks: async () => guardCounts(await (await fetch(`${base}/metrics`)).text()),
        stop: server.stop,
      };
    },
  };
}

/** How many windows were decoded, how many of them again with safer options, and the seconds whose text was dropped. */
function guardCounts(metrics: string): Record<string, number> {
  const sum = (name: string) => {
    let total = 0;
    for (const [, value] of metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm")))
      total += Number(value);
    return total;
  };
  return {
    decodes: sum("stt_inference_seconds_count"),
    again: sum("stt_redecodes_total"),
    droppedSeconds: sum("stt_dropped_audio_seconds_total"),
  };
}
