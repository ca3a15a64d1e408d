/**
 * `verbatim engine`: the process that holds one model. Requests come in on stdin and answers go out on stdout as frames; logs go to
 * stderr as JSON lines. It ends when stdin closes, so a server that is gone, however it went, leaves no engine behind.
 */
import { toVerbatimError, VerbatimError } from "../error.ts";
import { FrameDecoder } from "../ipc/frames.ts";
import { type Log, openLog } from "../log/log.ts";
import { buildInfo } from "../native/build.ts";
import { drainLog } from "../native/log.ts";
import { type EngineArguments, parseEngineArguments } from "./arguments.ts";
import type { ModelFacts } from "./job.ts";
import { Outbox } from "./outbox.ts";
import { ThreadPool } from "./pool.ts";
import { Requests } from "./requests.ts";
import { sampleSpeech } from "./sample.ts";
import { answer, ask, type Failed, type Ready } from "./wire.ts";

/** How often native log lines are fetched, in milliseconds. */
const DRAIN_INTERVAL = 1_000;

/** How long cancelled decodes may take to return when the server is gone, in milliseconds. */
const FAREWELL = 3_000;

/** Of speech, which make a CPU variant run through every kind of kernel. */
const PROOF_SECONDS = 2;

/** Runs an engine process to its end. The answer is its exit code: the caller ends the process with it, whatever still waits. */
export async function runEngine(argv: readonly string[]): Promise<number> {
  // A terminal's Ctrl-C and systemd's SIGTERM reach every process of the group; this one serves the server's last jobs, and ends with it.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  const settings = parseEngineArguments(argv);
  const log = openLog({ level: "debug", format: "json" });
  const outbox = new Outbox(Bun.stdout.writer());
  const pool = new ThreadPool(settings.workers, log);
  const requests = new Requests(pool, outbox);
  try {
    const code = await Promise.race([start(settings, pool, outbox, log), serve(requests)]);
    await Promise.race([requests.cancelAll(), Bun.sleep(FAREWELL)]);
    return code;
  } catch (thrown) {
    log.error("The engine has lost step with the server", { error: thrown });
    return 2;
  }
}

/** Loads the model and says so. Comes back only when that fails. */
async function start(settings: EngineArguments, pool: ThreadPool, outbox: Outbox, log: Log): Promise<number> {
  try {
    outbox.json(answer.ready, 0, await load(settings, pool, log));
    return await new Promise<never>(() => {});
  } catch (thrown) {
    const error = toVerbatimError(thrown);
    const message = error.code === "internal" && thrown instanceof Error ? thrown.message : error.message;
    const failed: Failed = { code: "engine-failed", message };
    outbox.json(answer.failed, 0, failed);
    await outbox.flush();
    return 1;
  }
}

async function load(settings: EngineArguments, pool: ThreadPool, log: Log): Promise<Ready> {
  const drain = () => {
    for (const line of drainLog()) log.debug(line);
  };
  const backend = chooseBackend(settings);
  setInterval(drain, DRAIN_INTERVAL).unref();
  try {
    const info = await pool.open(settings.model, backend !== "CPU");
    const { type, quantisation, multilingual, languages, memory } = info;
    if (settings.prove) await pool.prove(await sampleSpeech(PROOF_SECONDS));
    const facts: ModelFacts = { type, quantisation, multilingual, languages, memory, backend };
    return { facts, memory: process.memoryUsage.rss() };
  } finally {
    drain();
  }
}

/** The device that will compute: the library's first, unless the CPU is wanted. */
function chooseBackend({ backend: wanted, gpu, variant }: EngineArguments): string {
  const { backend, devices } = buildInfo(gpu && variant ? `${gpu},${variant}` : variant);
  if (wanted === "cpu") return "CPU";
  if (gpu && backend === "CPU") {
    const why = drainLog().findLast((line) => /no .*device|fail|error/i.test(line));
    throw new VerbatimError("engine-failed", `${gpu} finds no device${why ? `: ${why}` : "."}`);
  }
  const isThere = devices.some(({ name }) => name.toLowerCase().startsWith(wanted));
  if (wanted !== "auto" && !isThere)
    throw new VerbatimError("engine-failed", `This build has no backend ${wanted}; it computes with ${backend}.`);
  return backend;
}

/** Does what the server asks until stdin ends. */
async function serve(requests: Requests): Promise<number> {
  const frames = new FrameDecoder(Object.values(ask));
  for await (const chunk of Bun.stdin.stream()) {
    for (const frame of frames.push(chunk)) requests.take(frame);
  }
  return 0;
}
