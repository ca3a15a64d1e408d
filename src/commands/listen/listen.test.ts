import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { clip } from "../../../test/data.ts";
import { type Home, openHome, programCommand } from "../../../test/run-verbatim.ts";
import { testModel, wordsOf } from "../../engine/testing.ts";

const silly = clip("librispeech_test_other/1688-142285-0002.flac").file;
const jfk = clip("containers_jfk/jfk.wav").file;
const spoken = "you don't mean that you thought me so silly";

let home: Home;
let model: string;
beforeAll(async () => {
  home = openHome();
  model = (await testModel()).path;
});
afterAll(() => home[Symbol.dispose]());

const run = (...args: string[]) => home.run(["listen", ...args, "--model", model]);

describe("a recording", () => {
  test("comes out a line for each utterance, and nothing else", async () => {
    const { code, out, err } = await run("--input", jfk, "--quiet");
    const lines = out.trimEnd().split("\n");
    expect([code, err]).toEqual([0, ""]);
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.every((line) => /^\S.*\S$/.test(line))).toBe(true);
    expect(wordsOf(lines.join(" "))).toContain("ask what you can do for your country");
  });

  test("is told event by event in JSON", async () => {
    const { code, out, err } = await run("--input", silly, "--format", "json", "--realtime");
    expect([code, err]).toEqual([0, `Listening to ${silly} with ${basename(model)}.\n`]);
    const events = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events[0]).toEqual({ type: "listening", source: silly, model: basename(model) });
    const types = events.map(({ type }) => type);
    expect(types.slice(1, 2)).toEqual(["speech-started"]);
    expect(types).toContain("partial");
    expect(types.at(-1)).toBe("closed");
    const finals = events.filter(({ type }) => type === "final");
    expect(wordsOf(finals.map(({ text }) => text).join(" "))).toBe(spoken);
    expect(Object.keys(finals[0])).toEqual([
      "type",
      "at",
      "utterance",
      "from",
      "to",
      "text",
      "language",
      "reason",
      "words",
    ]);
    const documented = [
      ...readFileSync(resolve(import.meta.dir, "../../../docs/listen.md"), "utf8").matchAll(/^\| `(.+?)` \|/gm),
    ];
    const known = new Set(documented.map(([, name]) => name));
    expect([...new Set(types)].filter((type) => !known.has(type))).toEqual([]);
    expect(finals[0].words[0]).toMatchObject({ text: "You", from: expect.any(Number), confidence: expect.any(Number) });
  });

  test("may come through a pipe", async () => {
    const child = Bun.spawn(programCommand(["listen", "--input", "-", "--quiet", "--model", model]), {
      stdin: Bun.file(jfk),
      stdout: "pipe",
      env: { PATH: process.env.PATH ?? "", HOME: home.folder, XDG_CACHE_HOME: join(home.folder, "cache") },
    });
    const [code, out] = await Promise.all([child.exited, child.stdout.text()]);
    expect([code, wordsOf(out)]).toEqual([0, expect.stringContaining("what your country can do for you")]);
  });

  test("that is interrupted is written as far as it was heard, and the exit code says that there was more", async () => {
    const child = home.start(["listen", "--input", jfk, "--realtime", "--quiet", "--model", model]);
    const out = child.stdout.getReader();
    const text = new TextDecoder();
    let said = "";
    for (;;) {
      const { value, done } = await out.read();
      if (done) break;
      // In the middle of the second utterance.
      if (said === "") child.kill("SIGINT");
      said += text.decode(value);
    }
    expect([await child.exited, await child.stderr.text()]).toEqual([130, "verbatim: Interrupted.\n"]);
    expect(wordsOf(said)).toContain("my fellow americans");
    expect(wordsOf(said)).not.toContain("country");
  });
});

const CLEAR = "\u001b[2K";
const UP = "\u001b[1A";
const PARTS = new RegExp(`(${[CLEAR, UP].map((sequence) => sequence.replace("[", "\\[")).join("|")}|\\r|\\n)`);

/** The lines that a person sees on a terminal that knows line feeds, carriage returns and these two sequences. */
class Picture {
  readonly #lines = [""];
  #row = 0;
  #column = 0;

  write(text: string): void {
    for (const part of text.split(PARTS)) {
      if (part === CLEAR) this.#lines[this.#row] = "";
      else if (part === UP) this.#row--;
      else if (part === "\r") this.#column = 0;
      else if (part === "\n") this.#lines[++this.#row] ??= "";
      else {
        const line = (this.#lines[this.#row] ?? "").padEnd(this.#column);
        this.#lines[this.#row] = line.slice(0, this.#column) + part + line.slice(this.#column + part.length);
        this.#column += part.length;
      }
    }
  }

  get lines(): string[] {
    return this.#lines.slice(0, this.#lines.findLastIndex((line) => line !== "") + 1);
  }
}

test("on a terminal the open utterance and the level stand below what is final, and go away", async () => {
  const text = new TextDecoder();
  const picture = new Picture();
  const pictures: string[][] = [];
  await using terminal = new Bun.Terminal({
    cols: 60,
    rows: 20,
    data(_, data) {
      picture.write(text.decode(data, { stream: true }));
      pictures.push(picture.lines);
    },
  });
  const child = Bun.spawn(programCommand(["listen", "--input", jfk, "--realtime", "--model", model]), {
    terminal,
    cwd: home.folder,
    env: { PATH: process.env.PATH ?? "", HOME: home.folder, XDG_CACHE_HOME: join(home.folder, "cache"), TERM: "xterm" },
  });
  expect(await child.exited).toBe(0);
  // What a process wrote last may be read from a terminal after its end was told.
  while (!pictures.at(-1)?.at(-1)?.includes(" of sound in ")) await Bun.sleep(20);
  const meter = /^\[[= ]+\] (-?\d+ dB|no sound) {2}ggml-base\.en-q8_0\.bin( {2}en)?$/;
  const partials = pictures.filter((lines) => lines.findIndex((line) => meter.test(line)) > 1);
  // More than one guess for an utterance has been shown, each in the place of the last one.
  expect(new Set(partials.map((lines) => lines.join("\n").replaceAll(/\[.*/g, ""))).size).toBeGreaterThan(2);
  expect(pictures.every((lines) => lines.filter((line) => meter.test(line)).length <= 1)).toBe(true);
  const shown = pictures.at(-1) ?? [];
  expect(shown.at(-1)).toMatch(/^[1-9]\d? utterances?, 22 words, 11\.0 s of sound in \d+\.\d s\.$/);
  const [first, ...rest] = shown.slice(0, -1);
  expect(first).toStartWith("Listening to /");
  expect(rest.filter((line) => meter.test(line))).toEqual([]);
  const words = wordsOf(rest.join(" "));
  expect(words.match(/my fellow americans/g)).toHaveLength(1);
  expect(words).toEndWith("ask what you can do for your country");
}, 60_000);

describe("what goes wrong", () => {
  test.each([
    [["talk.wav"], "A recording is named with --input: --input talk.wav."],
    [["--realtime"], "--realtime needs --input FILE"],
    [["--input", "a.wav", "--device", "hw:0"], "exclude each other"],
    [["--format", "srt"], "--format is text or json"],
    [["--endpointing", "soon"], "--endpointing is a number of milliseconds"],
    [["--language", "klingon"], '"klingon" is no language'],
    [["--input", jfk, "--endpointing", "100000"], "endpointing must lie between 0 and 60000"],
  ])("%p is a wrong command line", async (args, message) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
  });

  test("a file that is none, a folder, a text", async () => {
    writeFileSync(join(home.folder, "text.wav"), "This is no recording.");
    expect(await run("--input", "missing.wav")).toMatchObject({
      code: 1,
      err: "verbatim: There is no file missing.wav.\n",
    });
    expect((await run("--input", home.folder)).err).toContain("is a folder");
    expect(await run("--input", "text.wav")).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringContaining("This is no audio"),
    });
  });

  test("a recording that is cut off is written as far as it goes", async () => {
    writeFileSync(join(home.folder, "cut.wav"), readFileSync(jfk).subarray(0, 200_000));
    const { code, out } = await run("--input", "cut.wav", "--quiet");
    expect([code, wordsOf(out)]).toEqual([0, expect.stringContaining("my fellow americans")]);
  });

  test("without ffmpeg there is no microphone, and the way to get one is told", async () => {
    for (const args of [
      ["listen", "--model", model],
      ["listen", "--list-devices"],
    ]) {
      const { code, out, err } = await home.run(args, { PATH: home.folder });
      expect([code, out]).toEqual([1, ""]);
      expect(err).toMatch(/^verbatim: Microphones are read by ffmpeg, which is not installed here\. .*ffmpeg/);
    }
  });
});
