/** LiveKit's agents and their plugin for Deepgram, in Node as people run them: recordings, streams, turns, a wrong key. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { clip } from "../data.ts";
import { plainWords, startTestServer } from "../server/support.ts";

// The first run fetches packages.
setDefaultTimeout(300_000);

const source = join(import.meta.dir, "livekit");
const folder = resolve(import.meta.dir, "../../build/livekit");
const speech = clip("containers_jfk/jfk.wav");
const reference = plainWords(speech.transcript ?? "");
const key = "right-key-of-the-test";

interface Told {
  what: string;
  event: string;
  text?: string;
  words?: number;
  status?: number;
  message?: string;
}

/** The plugin and all that it needs are 290 MB, so they are no part of the checkout's own packages: they are put below build/ by a lockfile. */
async function installed(): Promise<string> {
  const node = Bun.which("node");
  if (node === null) throw new Error("This test needs Node.js: apt-get install nodejs");
  cpSync(source, folder, { recursive: true });
  const wanted = await Bun.file(join(source, "bun.lock")).text();
  const made = join(folder, "node_modules/made");
  if (existsSync(made) && (await Bun.file(made).text()) === wanted) return node;
  const child = Bun.spawn([process.execPath, "install", "--frozen-lockfile", "--ignore-scripts"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [said, complained] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Error(`LiveKit's packages cannot be installed:\n${said}${complained}`);
  await Bun.write(made, wanted);
  return node;
}

test("@livekit/agents-plugin-deepgram 1.9", async () => {
  const node = await installed();
  await using server = await startTestServer({ VERBATIM_API_KEYS: key });
  const child = Bun.spawn([node, "client.mjs", server.url, key, speech.file], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = (await new Response(child.stdout).text()).trim().split("\n");
  expect(await child.exited).toBe(0);
  const told = lines.map((line) => JSON.parse(line) as Told);
  const of = (what: string) => told.filter((one) => one.what === what);

  const [recording] = of("recording");
  expect(plainWords(recording?.text ?? "")).toBe(reference);
  expect(recording?.words).toBe(reference.split(" ").length);

  for (const what of ["stream", "turns"]) {
    const events = of(what).map(({ event }) => event);
    expect(events[0]).toBe("START_OF_SPEECH");
    expect(events.at(-1)).toBe("END_OF_STREAM");
    expect(events).toContain("INTERIM_TRANSCRIPT");
    // What ends a speech comes after its words, and speeches do not overlap.
    const borders = events.filter((event) => /OF_SPEECH$/.test(event));
    expect(borders).toEqual(borders.map((_, i) => (i % 2 === 0 ? "START_OF_SPEECH" : "END_OF_SPEECH")));
    expect(borders.at(-1)).toBe("END_OF_SPEECH");
    const finals = of(what).filter(({ event }) => event === "FINAL_TRANSCRIPT");
    expect(plainWords(finals.map(({ text }) => text).join(" "))).toMatch(/^and so my fellow .* do for your country$/);
    for (const { text = "", words } of finals) expect(words).toBe(text.split(" ").length);
  }
  expect(of("turns").map(({ event }) => event)).toContain("PREFLIGHT_TRANSCRIPT");

  expect(of("wrong key of a recording")).toMatchObject([
    { event: "REFUSED", message: expect.stringContaining("INVALID_AUTH") },
  ]);
  expect(of("wrong key of a stream")).toMatchObject([{ event: "REFUSED", status: 401 }]);
});
