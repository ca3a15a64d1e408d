/** The dialect that docs/dialects.md prints, as it stands there, in a server beside the others. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { defaultSettings } from "../../src/config/load.ts";
import type { Dialect, Services } from "../../src/dialects/dialect.ts";
import { Grants } from "../../src/dialects/grants.ts";
import { dialects } from "../../src/dialects/index.ts";
import { Spool } from "../../src/dialects/spool.ts";
import { Jobs } from "../../src/jobs/jobs.ts";
import { SqliteJobStore } from "../../src/jobs/sqlite-store.ts";
import { silentLog } from "../../src/log/log.ts";
import { modelsFolder } from "../../src/models/store.ts";
import { openTestRecognizer } from "../../src/recognizer/testing.ts";
import { startServer } from "../../src/server/server.ts";
import { clip } from "../data.ts";
import { form, samplesOf } from "./support.ts";

// This machine may be busy.
setDefaultTimeout(60_000);

const root = resolve(import.meta.dir, "../..");
const spoken = /WHAT YOU CAN DO FOR YOUR COUNTRY/;

/** Its file would lie in a folder below src/dialects/. */
async function printed(folder: string): Promise<Dialect> {
  const page = readFileSync(join(root, "docs/dialects.md"), "utf8");
  const code = /```ts\n(.*?)```/s.exec(page)?.[1] ?? "";
  const file = join(folder, "routes.ts");
  const source = (path: string) => pathToFileURL(join(root, "src/dialects/shout", path)).href;
  const placed = code
    .replace(/from "(\.[^"]+)"/g, (_, path: string) => `from "${source(path)}"`)
    .replace('from "elysia"', `from "${import.meta.resolve("elysia")}"`);
  await Bun.write(file, placed);
  return ((await import(file)) as { shout: Dialect }).shout;
}

test("a recording, live audio, and a refusal", async () => {
  const folder = mkdtempSync(join(tmpdir(), "verbatim-dialect-"));
  await using recognition = await openTestRecognizer();
  const usual = defaultSettings();
  const settings = { ...usual, port: 0, dataDir: folder, cacheDir: folder, modelsDir: [modelsFolder(usual)] };
  const jobs = new Jobs(SqliteJobStore.source(settings), settings, silentLog, recognition.metrics);
  const spool = new Spool(join(folder, "spool"));
  const services = {
    ...recognition,
    settings,
    log: silentLog,
    grants: new Grants(),
    jobs,
    spool,
  } as unknown as Services;
  const server = await startServer(services, [...dialects, await printed(folder)], "test");
  const [url = ""] = server.urls;
  try {
    const file = clip("containers_jfk/jfk.wav").file;
    const post = (body: FormData) => fetch(`${url}/shout`, { method: "POST", body });
    const answer = await post(form({ file: new Blob([readFileSync(file)]) }));
    expect(((await answer.json()) as { text: string }).text).toMatch(spoken);
    const refused = await post(form({ no: "file" }));
    expect([refused.status, await refused.json()]).toEqual([400, { sorry: "There is no file." }]);
    const socket = new WebSocket(`${url.replace("http", "ws")}/shout/ws`);
    let told = "";
    socket.onmessage = ({ data }) => (told += ` ${data}`);
    socket.onopen = () => {
      socket.send(new Uint8Array(samplesOf(file)));
      socket.send("stop");
    };
    const code = await new Promise((closed) => (socket.onclose = (event) => closed(event.code)));
    expect([code, told]).toEqual([1000, expect.stringMatching(spoken)]);
  } finally {
    await server.stop();
    await jobs.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
