/**
 * `verbatim --smoke-test`: makes this program start itself as a server with an empty cache folder and answer once of everything that an
 * executable can lack: libraries, threads, models, pages. What builds or installs an executable runs it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assetFile } from "../assets/assets.ts";
import { VerbatimError } from "../error.ts";
import { selfCommand } from "../ipc/self.ts";
import { type Command, EXIT } from "./command.ts";

/** Seconds. The first start extracts libraries and may have to make the model. */
const PATIENCE = 120;

/** What goes well is told in one line. */
const QUIETLY = ["--log-level", "warn"];

const PAGES = ["/health", "/ready", "/version", "/metrics", "/swagger", "/openapi.json", "/v1/models"];

export const smokeTest: Command = {
  name: "--smoke-test",
  summary: "Start a server, ask it for everything once, and stop it.",
  usage: [""],
  options: [
    {
      name: "within",
      value: "SECONDS",
      meaning: `How long all of it may take (${PATIENCE}); a machine that is emulated wants more.`,
    },
  ],
  sections: ["models"],
  async run({ settings, options, signal, terminal }) {
    const within = Number(options.value("within") ?? PATIENCE);
    if (!(within > 0 && within < 1e6)) throw new VerbatimError("bad-parameter", "--within is a number of seconds.");
    const folder = mkdtempSync(join(tmpdir(), "verbatim-smoke-"));
    const limit = AbortSignal.any([signal, AbortSignal.timeout(within * 1000)]);
    const start = (command: string) =>
      Bun.spawn(selfCommand([command, ...QUIETLY, "--host", "127.0.0.1", "--port", "0", "--model", settings.model]), {
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, VERBATIM_CACHE_DIR: join(folder, "cache"), VERBATIM_DATA_DIR: join(folder, "data") },
      });
    const server = start("serve");
    try {
      const url = await readyUrl(server.stdout, limit);
      for (const page of PAGES) {
        const { status } = await fetch(url + page, { signal: limit });
        if (status !== 200) throw new VerbatimError("internal", `${page} answers ${status}.`);
      }
      await transcribeSpeech(url, limit);
      server.kill("SIGTERM");
      const code = await server.exited;
      // Windows has no signal by which one process asks another to end.
      const isAsked = process.platform !== "win32";
      if (code !== 0 && isAsked) throw new VerbatimError("internal", `The server ended with code ${code}.`);
      const doctor = start("doctor");
      const [found, findings] = await Promise.all([doctor.exited, doctor.stdout.text()]);
      if (found !== 0)
        throw new VerbatimError("internal", `\`verbatim doctor\` ended with code ${found}:\n${findings}`);
      terminal.out(
        `Smoke test passed: ${PAGES.length} pages, one transcription, ${isAsked ? "a clean end, " : ""}a healthy installation.\n`,
      );
      return EXIT.ok;
    } finally {
      server.kill("SIGKILL");
      await server.exited;
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** The address that the server prints, once it has also said that it is ready. */
async function readyUrl(out: ReadableStream<Uint8Array>, limit: AbortSignal): Promise<string> {
  let printed = "";
  const text = out.pipeThrough(new TextDecoderStream(), { signal: limit });
  for await (const piece of text) {
    printed += piece;
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed) ?? [];
    if (url && /^Ready\b/m.test(printed)) return url;
  }
  throw new VerbatimError("internal", "The server ended before it was ready.");
}

async function transcribeSpeech(url: string, signal: AbortSignal): Promise<void> {
  const form = new FormData();
  form.set("file", new File([await assetFile("speech", "jfk.wav").bytes()], "speech.wav"));
  const response = await fetch(`${url}/v1/audio/transcriptions`, { method: "POST", body: form, signal });
  const answer = await response.text();
  if (response.status !== 200 || !/\w/.test((JSON.parse(answer) as { text: string }).text))
    throw new VerbatimError("internal", `Eleven seconds of speech were answered with ${response.status}: ${answer}`);
}
