/** whisper.cpp's own server, built from the source that our library is built from, with the one patch that it needs to run on AMX. */
import { existsSync, mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import type { Variant } from "./machine.ts";
import { freePort, type Load, postForm, type Running, type System, startServer, type TimedWord } from "./system.ts";

const root = join(import.meta.dir, "..");
const source = join(root, "node_modules/nodejs-whisper/cpp/whisper.cpp");

export interface WhisperServerOptions {
  /** A ggml model file. */
  model: string;
  variant: Variant;
  scratch: string;
}

async function run(command: string[], log: string): Promise<void> {
  const child = Bun.spawn(command, { stdio: ["ignore", Bun.file(log), Bun.file(log)] });
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")} failed; see ${log}`);
}

/** Builds the server once per variant, with upstream's own defaults for this machine, and gives its path. */
export async function buildWhisperServer(variant: Variant): Promise<string> {
  const folder = join(root, "build/peers", `whisper-server-${variant}`);
  const program = join(folder, "cmake/bin/whisper-server");
  if (existsSync(program)) return program;
  console.error(`Building whisper.cpp's server (${variant}); this takes a minute or two.`);
  mkdirSync(folder, { recursive: true });
  const log = join(folder, "build.log");
  await run(["cp", "-r", source, `${folder}/source`], log);
  const patch = join(root, "native/patches/0001-amx-tile-config-barrier.patch");
  await run(["patch", "-p1", "-d", `${folder}/source`, "-i", patch], log);
  const avx2 = [
    "-DGGML_NATIVE=OFF",
    "-DGGML_SSE42=ON",
    "-DGGML_AVX=ON",
    "-DGGML_AVX2=ON",
    "-DGGML_FMA=ON",
    "-DGGML_F16C=ON",
    "-DGGML_BMI2=ON",
  ];
  const options = [
    "-DCMAKE_BUILD_TYPE=Release",
    "-DBUILD_SHARED_LIBS=OFF",
    "-DWHISPER_BUILD_TESTS=OFF",
    ...(variant === "avx2" ? avx2 : []),
  ];
  await run(["cmake", "-S", `${folder}/source`, "-B", `${folder}/cmake`, ...options], log);
  await run(
    ["cmake", "--build", `${folder}/cmake`, "--parallel", String(cpus().length), "--target", "whisper-server"],
    log,
  );
  return program;
}

interface Answer {
  text: string;
  segments?: { words?: { word: string; start: number; end: number }[] }[];
}

/** `timestamps: false` is its fastest for plain text; with them it is what its default request gets. */
export function whisperServer(options: WhisperServerOptions, timestamps: boolean): System {
  return {
    name: timestamps ? "whisper.cpp server" : "whisper.cpp server, no timestamps",
    async start({ mode }: Load): Promise<Running> {
      const port = freePort();
      const base = `http://127.0.0.1:${port}`;
      const server = await startServer(
        [
          await buildWhisperServer(options.variant),
          ...["--model", options.model, "--threads", String(cpus().length)],
          ...["--host", "127.0.0.1", "--port", String(port), "--language", "en"],
        ],
        `${base}/health`,
        join(options.scratch, "whisper-server.log"),
      );
      const fields: Record<string, string> =
        mode === "words"
          ? // Language probabilities would cost it another pass of the encoder.
            { response_format: "verbose_json", no_language_probabilities: "true" }
          : { response_format: "json", no_timestamps: String(!timestamps) };
      return {
        async transcribe(sound) {
          const { text, segments } = (await postForm(`${base}/inference`, fields, sound)) as Answer;
          return { text, words: joinTokens((segments ?? []).flatMap(({ words }) => words ?? [])) };
        },
        stop: server.stop,
      };
    },
  };
}

/** Its "words" are tokens; one that begins with a space begins a word. */
function joinTokens(tokens: { word: string; start: number; end: number }[]): TimedWord[] {
  const words: TimedWord[] = [];
  for (const { word, start, end } of tokens) {
    const last = words.at(-1);
    if (last && !word.startsWith(" ")) {
      last.text += word;
      last.to = end;
    } else words.push({ text: word.trim(), from: start, to: end });
  }
  return words;
}
