/** faster-whisper (CTranslate2, int8) on the same weights, where Python is at hand. */
import { existsSync, mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import type { Variant } from "./machine.ts";
import { freePort, type Load, type Running, type System, startServer, type TimedWord } from "./system.ts";

const root = join(import.meta.dir, "..");
const VERSION = "1.2.1";

export interface FasterWhisperOptions {
  variant: Variant;
  scratch: string;
  /** A Python that has faster-whisper; without, one is set up under build/peers. */
  python?: string | undefined;
  /** The weights in CTranslate2's form; without, they are converted from `weights`. */
  model?: string | undefined;
  /** The folder that holds ggml_to_ct2.py. */
  peers: string;
  /** The official f16 weights. */
  weights: string;
}

async function run(command: string[]): Promise<void> {
  const child = Bun.spawn(command, { stdio: ["ignore", "ignore", "inherit"] });
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")} failed`);
}

/** Makes sure of Python, package and weights; nothing when this machine cannot have them. */
async function prepare(options: FasterWhisperOptions): Promise<{ python: string; model: string } | undefined> {
  const folder = join(root, "build/peers");
  mkdirSync(folder, { recursive: true });
  let python = options.python;
  if (!python) {
    const system = Bun.which("python3");
    if (!system) return undefined;
    python = join(folder, "faster-whisper/bin/python");
    if (!existsSync(python)) {
      console.error("Setting up faster-whisper.");
      await run([system, "-m", "venv", join(folder, "faster-whisper")]);
      await run([python, "-m", "pip", "install", "--quiet", `faster-whisper==${VERSION}`]);
    }
  }
  const model = options.model ?? join(folder, "base.en-int8");
  if (!existsSync(join(model, "model.bin"))) {
    const converter = join(options.peers, "ggml_to_ct2.py");
    if (!existsSync(converter)) return undefined;
    await run([python, converter, options.weights, model, "int8"]);
  }
  return { python, model };
}

/** The system, or nothing when Python or the converter of weights is missing. */
export async function fasterWhisper(options: FasterWhisperOptions): Promise<System | undefined> {
  const prepared = await prepare(options);
  if (!prepared) return undefined;
  const { python, model } = prepared;
  const cores = cpus().length;
  return {
    name: "faster-whisper",
    async start({ mode, clients, long }: Load): Promise<Running> {
      const port = freePort();
      // A lone client gets all cores for its one request; several share them, one worker each.
      const workers = Math.min(clients, cores);
      const threads = Math.max(1, Math.floor(cores / workers));
      const url = `http://127.0.0.1:${port}/`;
      const program = join(import.meta.dir, "faster_whisper_server.py");
      const server = await startServer(
        [python, program, model, ...[port, threads, workers, mode, long ? 8 : 0].map(String)],
        url,
        join(options.scratch, "faster-whisper.log"),
        { env: options.variant === "avx2" ? { CT2_FORCE_CPU_ISA: "AVX2", ONEDNN_MAX_CPU_ISA: "AVX2" } : {} },
      );
      return {
        async transcribe({ file }) {
          const answer = await fetch(url, { method: "POST", body: file, timeout: false } as RequestInit);
          if (!answer.ok) throw new Error(`faster-whisper answered ${answer.status}`);
          const { text, words } = (await answer.json()) as { text: string; words: [string, number, number][] };
          return { text, words: words.map(([word, from, to]): TimedWord => ({ text: word, from, to })) };
        },
        stop: server.stop,
      };
    },
  };
}
