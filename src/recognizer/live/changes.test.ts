/** What is asked for while a session runs: languages, terms and prompts. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeTinyModel } from "../../../test/tiny-model.ts";
import { pcmOf, sentences } from "../../engine/testing.ts";
import { join16k, openTestRecognizer, type TestRecognizer } from "../testing.ts";
import { type Heard, listen } from "./testing.ts";

const path = sentences[2] as string;

describe("what is told beforehand", () => {
  let test16k: TestRecognizer;
  beforeAll(async () => {
    test16k = await openTestRecognizer();
  });
  afterAll(() => test16k[Symbol.asyncDispose]());

  /** Says it once more, after a silence so long that nothing said before counts; returns what was understood. */
  async function say(heard: Heard, clip: string): Promise<string> {
    const before = heard.of("finalized").length;
    const text = heard.text;
    heard.session.push([join16k(3, pcmOf(clip))]);
    heard.session.finalize();
    await heard.next("finalized", before);
    await heard.next("final", heard.of("final").length);
    return heard.text.slice(text.length);
  }

  test("key terms are spelled as they are given, from then on", async () => {
    const heard = listen(test16k, { interim: false, endpointing: "manual" });
    const clip = "librispeech_test_other/367-130732-0006.flac";
    expect(await say(heard, clip)).not.toContain("à la Newberg");
    heard.session.configure({ keyterms: ["Lobster à la Newberg"] });
    expect(await say(heard, clip)).toContain("à la Newberg");
    heard.session.configure({ keyterms: undefined });
    expect(await say(heard, clip)).not.toContain("à la Newberg");
    await heard.session.close();
  }, 60_000);

  test("a prompt sets the style, from then on", async () => {
    const heard = listen(test16k, { interim: false, endpointing: "manual" });
    const clip = "ljspeech/LJ002-0020.wav";
    expect(await say(heard, clip)).toContain("1813");
    heard.session.configure({ prompt: "In eighteen twelve, in nineteen twenty" });
    expect(await say(heard, clip)).toContain("eighteen thirteen");
    await heard.session.close();
  }, 60_000);
});

/** Multilingual weights are too large for the tests: this model has random ones, so that its texts mean nothing. */
describe("the language", () => {
  let folder: string;
  let tiny: TestRecognizer;
  let detections = 0;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "verbatim-tiny-"));
    const path = join(folder, "ggml-tiny.bin");
    writeTinyModel(path, { multilingual: true });
    const whole = await openTestRecognizer({ temperatureStep: 0 });
    const { detectLanguage } = whole.engines;
    whole.engines.detectLanguage = (...args) => {
      detections++;
      return detectLanguage(...args);
    };
    tiny = { ...whole, model: { id: path, path, size: 1, multilingual: true } };
  });
  afterAll(async () => {
    await tiny[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Makes so many utterances; returns their finals' languages. */
  async function utter(heard: Heard, count: number): Promise<(string | undefined)[]> {
    const before = heard.of("final").length;
    for (let i = 0; i < count; i++) {
      heard.session.push([pcmOf(path)]);
      heard.session.finalize();
      await heard.next("final", before + i);
    }
    return heard
      .of("final")
      .slice(before)
      .map(({ language }) => language);
  }

  test("is detected once and kept, until another is asked for", async () => {
    const heard = listen(tiny, { interim: false, endpointing: "manual" });
    detections = 0;
    const [first, ...others] = await utter(heard, 3);
    expect(first).toMatch(/^[a-z]{2,3}$/);
    expect(others).toEqual([first, first]);
    expect(detections).toBe(1);
    heard.session.configure({ language: "de" });
    expect(await utter(heard, 1)).toEqual(["de"]);
    expect(detections).toBe(1);
    heard.session.configure({ language: undefined, languages: ["sw", "yo"] });
    const [chosen] = await utter(heard, 1);
    expect(["sw", "yo"]).toContain(chosen as string);
    expect(detections).toBe(2);
    await heard.session.close();
  }, 60_000);

  test("is detected for every utterance when it may change", async () => {
    const heard = listen(tiny, { interim: false, endpointing: "manual", detect: "utterance" });
    detections = 0;
    const languages = await utter(heard, 3);
    expect(detections).toBe(3);
    for (const language of languages) expect(language).toMatch(/^[a-z]{2,3}$/);
    await heard.session.close();
  }, 60_000);

  test("that nobody knows is refused, and the session goes on with the one before", async () => {
    const heard = listen(tiny, { interim: false, endpointing: "manual", language: "fr" });
    expect(() => heard.session.configure({ language: "klingon" })).toThrow("klingon");
    expect(await utter(heard, 1)).toEqual(["fr"]);
    await heard.session.close();
  }, 60_000);
});
