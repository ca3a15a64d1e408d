import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { clip } from "../../../test/data.ts";
import { type Home, openHome, programCommand } from "../../../test/run-verbatim.ts";
import { testModel, wordsOf } from "../../engine/testing.ts";

const silly = clip("librispeech_test_other/1688-142285-0002.flac").file;
const egypt = clip("librispeech_test_other/2609-156975-0003.flac").file;
const jfk = clip("containers_jfk/jfk.wav").file;
const noise = clip("nonspeech/tc_noise.flac").file;

let home: Home;
let model: string;
beforeAll(async () => {
  home = openHome();
  model = (await testModel()).path;
});
afterAll(() => home[Symbol.dispose]());

const run = (...args: string[]) => home.run(["transcribe", ...args, "--model", model]);
const folder = (name: string) => join(home.folder, name);

describe("standard output", () => {
  test("text of one file, and nothing else", async () => {
    const { code, out, err } = await run(silly, "--quiet");
    expect([code, wordsOf(out), err]).toEqual([0, "you don't mean that you thought me so silly", ""]);
    expect(out).toMatch(/^\S.*\n$/);
  });

  test("several files in their order, however fast each is", async () => {
    const { code, out } = await run(jfk, silly, noise, egypt);
    expect(code).toBe(0);
    expect([...(out.match(/^==> .* <==$/gm) ?? [])]).toEqual(
      [jfk, silly, noise, egypt].map((file) => `==> ${file} <==`),
    );
    expect(wordsOf(out.slice(out.indexOf(egypt)))).toContain("the egyptian background of the bondage");
  });

  test("JSON with words, one object a line", async () => {
    const { code, out } = await run(silly, egypt, "--format", "json", "--words");
    expect(code).toBe(0);
    const [first, second] = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ version: 1, file: silly, language: "en", task: "transcribe", duration: 2.835 });
    expect(second.channels[0].segments[0].words[0]).toMatchObject({
      text: expect.stringMatching(/the/i),
      confidence: expect.any(Number),
    });
    const { out: bare } = await run(silly, "--format", "json");
    expect(JSON.parse(bare).channels[0].segments[0]).not.toHaveProperty("words");
  });

  test("subtitles", async () => {
    expect((await run(jfk, "-f", "srt")).out).toMatch(/^1\n00:00:00,\d{3} --> 00:00:0\d,\d{3}\nAnd so/);
    expect((await run(jfk, "-f", "vtt")).out).toMatch(/^WEBVTT\n\n00:00:00\.\d{3} --> /);
    expect((await run(jfk, "-f", "tsv")).out).toMatch(/^start\tend\ttext\n\d+\t\d+\tAnd so/);
  });

  test("standard input", async () => {
    const child = Bun.spawn(programCommand(["transcribe", "-", "--model", model, "--quiet"]), {
      stdin: Bun.file(silly),
      stdout: "pipe",
      env: { PATH: process.env.PATH ?? "", HOME: home.folder, XDG_CACHE_HOME: folder("cache") },
    });
    const [code, out] = await Promise.all([child.exited, child.stdout.text()]);
    expect([code, wordsOf(out)]).toEqual([0, "you don't mean that you thought me so silly"]);
  });

  test("says how fast it was", async () => {
    const { err } = await run(silly);
    expect(err).toMatch(/1 file, 2\.8 s of audio in [\d.]+ s: [\d.]+× real time\.\n$/);
  });
});

describe("a folder", () => {
  test("gets every format, whole, and what is there already is left alone", async () => {
    const to = folder("texts");
    const first = await run(silly, egypt, "--format", "text,srt", "-f", "json", "--output-dir", to);
    expect([first.code, first.out]).toEqual([0, ""]);
    const names = [silly, egypt].map((file) => basename(file, ".flac"));
    expect(readdirSync(to).sort()).toEqual(
      names.flatMap((name) => ["json", "srt", "txt"].map((type) => `${name}.${type}`)).sort(),
    );
    expect(wordsOf(readFileSync(join(to, `${names[0]}.txt`), "utf8"))).toBe(
      "you don't mean that you thought me so silly",
    );

    writeFileSync(join(to, `${names[0]}.txt`), "mine");
    const before = statSync(join(to, `${names[1]}.srt`)).mtimeMs;
    const again = await run(silly, egypt, "--format", "text,srt,json", "--output-dir", to, "--skip-existing");
    expect([again.code, again.err]).toEqual([0, "2 of 2 files are there already.\n"]);
    expect(readFileSync(join(to, `${names[0]}.txt`), "utf8")).toBe("mine");
    expect(statSync(join(to, `${names[1]}.srt`)).mtimeMs).toBe(before);
  });

  test("takes patterns", async () => {
    mkdirSync(folder("in/deep"), { recursive: true });
    writeFileSync(folder("in/b.flac"), readFileSync(silly));
    writeFileSync(folder("in/deep/a.flac"), readFileSync(egypt));
    const { code } = await run("in/**/*.flac", "-o", "out");
    expect(code).toBe(0);
    expect(readdirSync(folder("out")).sort()).toEqual(["a.txt", "b.txt"]);
  });

  test("keeps apart what differs only in its ending", async () => {
    writeFileSync(folder("same.wav"), readFileSync(jfk));
    writeFileSync(folder("same.flac"), readFileSync(silly));
    expect((await run("same.wav", "same.flac", "-o", "apart")).code).toBe(0);
    expect(readdirSync(folder("apart")).sort()).toEqual(["same.flac.txt", "same.wav.txt"]);
  });
});

describe("what goes wrong", () => {
  test("one file that fails does not stop the others, and the exit code says so", async () => {
    writeFileSync(folder("text.mp3"), "This is no recording.");
    writeFileSync(folder("empty.wav"), "");
    const { code, out, err } = await run("/no/such/file.wav", "text.mp3", silly, "empty.wav", home.folder);
    expect(code).toBe(1);
    expect(wordsOf(out)).toContain("you don't mean that you thought me so silly");
    const messages = err.split("\n").filter((line) => line.startsWith("verbatim: "));
    expect(messages.map((line) => line.split(": ")[1])).toEqual([
      "/no/such/file.wav",
      "text.mp3",
      "empty.wav",
      home.folder,
    ]);
    expect(err).not.toMatch(/\n\s+at /);
  });

  test.each([
    [[], "Name at least one recording"],
    [["a.wav", "--format", "docx"], "There is no format docx; there are text, json, srt, vtt, tsv."],
    [["a.wav", "--format", "text,srt"], "add --output-dir"],
    [["a.wav", "b.wav", "--format", "srt"], "add --output-dir"],
    [["a.wav", "--skip-existing"], "--skip-existing needs --output-dir"],
    [["x/a.wav", "y/a.wav", "-o", "out"], "would both be written to out/a.wav.txt"],
    [["a.wav", "--channels", "both"], "--channels is mono or separate"],
    [["a.wav", "--language", "klingon"], '"klingon" is no language'],
    [["nothing/*.wav"], "No file fits nothing/*.wav"],
    [["a.wav", "-o", "/proc/nowhere"], "Nothing can be written to /proc/nowhere"],
  ])("%p is a wrong command line", async (args, message) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
    expect(err.trim().split("\n")).toHaveLength(1);
  });

  test("a language that the model does not know, with the model to get", async () => {
    const { code, err } = await run(silly, "--language", "german");
    expect(code).toBe(1);
    expect(err).toContain("knows English only");
  });

  test("an interruption leaves no part of a file, and the shell's exit code", async () => {
    const to = folder("interrupted");
    const child = home.start(["transcribe", jfk, silly, egypt, "-o", to, "--model", model]);
    while (!existsSync(to)) await Bun.sleep(5);
    child.kill("SIGINT");
    expect(await child.exited).toBe(130);
    expect(readdirSync(to).filter((name) => !name.endsWith(".txt"))).toEqual([]);
  });
});
