/** `verbatim serve` */
import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { openCapture } from "../audio/capture.ts";
import { captureSource } from "../audio/capture-source.ts";
import type { Services } from "../dialects/dialect.ts";
import { Grants } from "../dialects/grants.ts";
import { dialects } from "../dialects/index.ts";
import { tuneWhenIdle } from "../engine/tune-when-idle.ts";
import { fastest } from "../engine/tuning.ts";
import { Jobs } from "../jobs/jobs.ts";
import { SqliteJobStore } from "../jobs/sqlite-store.ts";
import { type Metrics, openMetrics } from "../metrics/metrics.ts";
import { ensureModel } from "../models/ensure.ts";
import type { InstalledModel } from "../models/model.ts";
import { resolveModel } from "../models/resolve.ts";
import { published } from "../recognizer/published.ts";
import { startServer, type VerbatimServer } from "../server/server.ts";
import { openSinks } from "../sinks/sinks.ts";
import { LazyWakeWords } from "../wakeword/lazy.ts";
import { type Command, type Context, EXIT } from "./command.ts";
import { modelProgress } from "./progress.ts";
import { openRecognition, type Recognition } from "./recognition.ts";
import { outliveUnawaited } from "./unawaited.ts";
import { programVersion } from "./version.ts";

/** Milliseconds for the sinks that are up to take the last finals. */
const SINKS_GRACE = 3000;

export const serve: Command = {
  name: "serve",
  summary: "Start the server.",
  usage: ["[OPTIONS]"],
  description:
    "Listens on 127.0.0.1:8080 unless told otherwise. On SIGTERM or SIGINT it takes no new work, lets running work finish within\n" +
    "the shutdown timeout, and ends; a second signal ends it at once.",
  options: [],
  sections: ["server", "models", "recognition", "engine", "downloads", "folders", "vad", "decode", "jobs", "sinks"],
  async run(context) {
    const { settings, loaded, log, terminal, signal } = context;
    for (const note of loaded.notes) log.warn(note);
    const metrics = openMetrics();
    await using running = new AsyncDisposableStack();
    // The default model, if it is there; one that must be fetched first is waited for when the server can be asked for it.
    const present = resolveModel(undefined, settings, "owner").catch(() => undefined);
    const recognition = await openRecognition(settings, log, metrics, { model: present, signal });
    running.defer(() => recognition.close());
    const { engines, spool } = recognition;
    const sinks = openSinks(settings, { log, metrics });
    running.defer(() => sinks?.close(SINKS_GRACE));
    const recognizer = sinks ? published(recognition.recognizer, sinks) : recognition.recognizer;
    const jobs = new Jobs(SqliteJobStore.source(settings), settings, log, metrics);
    running.defer(() => jobs.stop());
    const wakeWords = new LazyWakeWords({ modelsFolder: settings.wakeword.modelsDir });
    running.defer(() => wakeWords.close());
    const services: Services = {
      ...{ settings, log, metrics, engines, recognizer, spool, grants: new Grants(), jobs },
      capture: async () =>
        await openCapture(captureSource(settings.capture.source), {
          audio: recognition.audio,
          ffmpeg: { configured: settings.ffmpeg },
        }),
      wakeWords: () => wakeWords.get(),
    };
    const server = await startServer(services, dialects, programVersion);
    running.defer(() => server.stop());
    terminal.out(`Verbatim ${programVersion} listens on ${server.urls.join(", ")}\n`);
    if (server.selfSigned)
      terminal.out(
        `No authority vouches for the certificate ${server.selfSigned}: name it to clients (curl --cacert, NODE_EXTRA_CA_CERTS).\n`,
      );
    const ended = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => ended.resolve(), { once: true });
    running.use(outliveUnawaited(log));
    if (!signal.aborted) {
      await prepareModels(context, server, recognition, metrics, present);
      jobs.start();
      for (const dialect of dialects) dialect.start?.(services);
      terminal.out(
        `Ready. Open ${pageAddress(server)} in a browser, or try:\n  ${exampleRequest(server, settings.apiKeys.length > 0 || !!settings.apiKeysFile)}\n`,
      );
      if (settings.tune) void tuned(context, recognition);
      await ended.promise;
    }
    log.info("stopping", { running: server.state.running });
    return EXIT.ok;
  },
};

/** The default model first: it is what most requests mean. */
async function prepareModels(
  { settings, log, terminal, signal }: Context,
  { state }: VerbatimServer,
  { engines, begun }: Recognition,
  metrics: Metrics,
  present: Promise<InstalledModel | undefined>,
): Promise<void> {
  const progress = modelProgress(terminal);
  for (const name of new Set([settings.model, ...settings.preload]))
    await state.prepare(
      name,
      async () =>
        (name === settings.model && (await present)) ||
        (await ensureModel(name, settings, { log, signal, progress }).finally(() => progress.end())),
      async (model) => {
        const { backend } = (name === settings.model && (await begun)) || (await engines.facts(model, signal));
        metrics.buildInfo.set({ version: programVersion, backend }, 1);
      },
    );
}

/** A machine is measured once, when nobody needs it; a failure costs speed and nothing else. */
async function tuned({ settings, log, signal }: Context, { engines }: Recognition): Promise<void> {
  try {
    const model = await resolveModel(undefined, settings, "owner");
    const tuning = await tuneWhenIdle(model, engines, { signal });
    const best = fastest(tuning?.measured ?? []);
    if (best) log.info("Measured what is fastest on this CPU; used from the next start", { ...best });
  } catch (thrown) {
    log.warn("This CPU could not be measured", { error: thrown });
  }
}

/** What listens on every address is reached on this machine by its own name. */
function pageAddress({ urls: [url = ""] }: VerbatimServer): string {
  return url.replace(/\/\/(0\.0\.0\.0|\[::\])(?=:)/, "//localhost");
}

/** A request that works as it is printed, where there is a recording to send. */
function exampleRequest(server: VerbatimServer, wantsKey: boolean): string {
  const clip = resolve(import.meta.dir, "../../test/audio/containers_jfk/jfk.wav");
  const file = existsSync(clip) ? relative(process.cwd(), clip) : "RECORDING.wav";
  const key = wantsKey ? ' -H "Authorization: Bearer YOUR_KEY"' : "";
  const trust = server.selfSigned ? ` --cacert ${quoted(server.selfSigned)}` : "";
  const address = pageAddress(server);
  return `curl ${address}/v1/audio/transcriptions${trust}${key} -F file=@${quoted(file)}`;
}

function quoted(path: string): string {
  return /[^\w./-]/.test(path) ? `'${path}'` : path;
}
