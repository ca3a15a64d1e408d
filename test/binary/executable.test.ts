/** What only an executable does: `bun run test:binary` says which one it is. */
import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clip } from "../data.ts";
import { type Home, openHome } from "../run-verbatim.ts";
import { until } from "../server/support.ts";

const shared = openHome();
afterAll(() => shared[Symbol.dispose]());

const jfk = clip("containers_jfk/jfk.wav").file;
const libraries = ({ folder }: Home) => readdirSync(join(folder, "cache/verbatim/lib")).sort();

test("says what it was built from", async () => {
  const { code, out } = await shared.run(["version", "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ commit: expect.stringMatching(/^[0-9a-f]{7,}$/), whisper: "1.9.1" });
});

test("reads nothing of the folder that it is started in", async () => {
  using home = openHome();
  const evil = "console.log('run from here'); process.exit(9);";
  writeFileSync(join(home.folder, "evil.ts"), evil);
  writeFileSync(join(home.folder, ".env"), "VERBATIM_PORT=1\nVERBATIM_LOG_LEVEL=nonsense\n");
  writeFileSync(join(home.folder, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
  writeFileSync(join(home.folder, "package.json"), '{ "type": "commonjs", "imports": { "#x": "./evil.ts" } }');
  writeFileSync(join(home.folder, "tsconfig.json"), '{ "compilerOptions": { "paths": { "*": ["./evil.ts"] } } }');
  writeFileSync(join(home.folder, "verbatim.toml"), "port = 1\n");
  mkdirSync(join(home.folder, "node_modules/elysia"), { recursive: true });
  writeFileSync(join(home.folder, "node_modules/elysia/index.js"), evil);
  const { code, out } = await home.run(["config", "show"]);
  expect(code).toBe(0);
  expect(out).toMatch(/^port +8080 +default/m);
});

test("starts several times at once with an empty cache, and extracts each library once", async () => {
  using home = openHome();
  const runs = await Promise.all([1, 2, 3].map(() => home.run(["transcribe", jfk])));
  for (const { code, out, err } of runs) {
    expect([code, err]).toEqual([0, expect.any(String)]);
    expect(out).toContain("ask what you can do for your country");
  }
  const found = libraries(home);
  expect(found.filter((name) => !/^[a-z]+-[0-9a-f]{16}$/.test(name))).toEqual([]);
  expect(new Set(found.map((name) => name.split("-")[0])).size).toBe(found.length);
});

test("opens what only ffmpeg decodes, with nothing on the PATH", async () => {
  const { code, out, err } = await shared.run(["transcribe", clip("containers_jfk/jfk.m4a").file], { PATH: "" });
  // A flavour without ffmpeg says so.
  if (libraries(shared).some((name) => name.startsWith("ffmpeg"))) expect(out).toContain("country");
  else expect([code, err]).toEqual([1, expect.stringContaining("ffmpeg, which is not installed here")]);
});

test("names the cache folder that it cannot use", async () => {
  const scratch = mkdtempSync(join(tmpdir(), "verbatim-cache-"));
  try {
    const file = join(scratch, "file");
    writeFileSync(file, "");
    const { code, err } = await shared.run(["transcribe", jfk], { VERBATIM_CACHE_DIR: file });
    expect(code).toBe(1);
    expect(err).toContain(file);
    expect(err).not.toMatch(/\bat .*\(|unexpected/);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});

test("a mistake is answered with one sentence and its exit code", async () => {
  const text = join(shared.folder, "text.wav");
  writeFileSync(text, "hello\n");
  using taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const mistakes: [string[], number, RegExp][] = [
    [
      ["serve", "--port", String(taken.port)],
      1,
      /^verbatim: Port \d+ on 127\.0\.0\.1 is in use by another program\. .*\n$/,
    ],
    [["serve", "--prot", "1"], 2, /^verbatim: .* did you mean --port\?\n$/],
    [["serve", "--model", "bas.en", "--port", "0"], 1, /^verbatim: .* Did you mean base\.en\?\n$/],
    [["transcribe", "--quiet", "nowhere.wav"], 1, /^verbatim: nowhere\.wav: There is no such file\.\n$/],
    [["transcribe", "--quiet", text], 1, /^verbatim: .*: This is no audio: it is a text\.\n$/],
    [["transcribe"], 2, /^verbatim: Name at least one recording.*\n$/],
  ];
  for (const [args, code, message] of mistakes) {
    const outcome = await shared.run(args);
    expect([args[0], outcome.code, outcome.err]).toEqual([args[0], code, expect.stringMatching(message)]);
  }
});

test("ends cleanly when it is told to while somebody speaks", async () => {
  const child = shared.start(["serve", "--port", "0", "--log-format", "json"]);
  let printed = "";
  void (async () => {
    for await (const piece of child.stdout) printed += new TextDecoder().decode(piece);
  })();
  const url = await until(() => /Ready[\s\S]*?(http:\/\/[^/\s]+)/.exec(printed)?.[1]);
  const socket = new WebSocket(`${url.replace("http", "ws")}/v1/listen?encoding=linear16&sample_rate=16000`);
  const said: string[] = [];
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => resolve(code);
  });
  socket.onmessage = ({ data }) => said.push(String(data));
  await new Promise((resolve) => {
    socket.onopen = resolve;
  });
  socket.send((await Bun.file(jfk).bytes()).subarray(78, 78 + 32_000 * 5));
  await until(() => said.some((one) => one.includes('"transcript"')) || undefined);
  child.kill("SIGTERM");
  expect([1000, 1001, 1005]).toContain(await closed);
  expect(await child.exited).toBe(0);
  // What was said before the signal is told before the end.
  expect(said.join("")).toMatch(/fellow Americans/i);
  expect(existsSync(`/proc/${child.pid}`)).toBe(false);
});
