/** Multilingual weights are too large for the tests: this one has random weights, so only what surrounds the text can be tested. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeTinyModel } from "../../test/tiny-model.ts";
import { pcmOf, sentences } from "../engine/testing.ts";
import { join16k, openTestRecognizer, rawSource, recording, type TestRecognizer, transcribeAll } from "./testing.ts";

let folder: string;
let tiny: TestRecognizer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "verbatim-tiny-"));
  const path = join(folder, "ggml-tiny.bin");
  writeTinyModel(path, { multilingual: true });
  // What it writes fails at every temperature: one attempt is enough.
  const whole = await openTestRecognizer({ temperatureStep: 0 });
  tiny = { ...whole, model: { id: path, path, size: 1, multilingual: true } };
});
afterAll(async () => {
  await tiny[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const clip = (index: number) => recording(sentences[index] as string).source;

describe("the language", () => {
  test("is detected when nobody names it", async () => {
    const { transcript } = await transcribeAll(tiny, clip(0));
    expect(transcript.language).toMatch(/^[a-z]{2,3}$/);
    expect(transcript.languageProbability).toBeGreaterThan(0);
    expect(transcript.languageProbability).toBeLessThanOrEqual(1);
  });

  test("is chosen among those that are possible", async () => {
    for (const languages of [["de", "fr"], ["sw", "yo", "mi"], ["ja"]]) {
      const { transcript } = await transcribeAll(tiny, clip(0), { languages });
      expect(languages).toContain(transcript.language);
    }
  });

  test("is the one that was named", async () => {
    const { transcript } = await transcribeAll(tiny, clip(1), { language: "de" });
    expect(transcript.language).toBe("de");
    expect(transcript).not.toHaveProperty("languageProbability");
  });

  test("is detected once for a file of many windows, and for each of them where it may change", async () => {
    const pcm = join16k(
      ...Array.from({ length: 6 }, () => [pcmOf(sentences[3] as string), pcmOf(sentences[1] as string)]).flat(),
    );
    const { source, raw } = rawSource(join16k(pcm, pcm));
    let detections = 0;
    const { detectLanguage } = tiny.engines;
    tiny.engines.detectLanguage = (...args) => {
      detections++;
      return detectLanguage(...args);
    };
    const { statistics } = await transcribeAll(tiny, source, { raw });
    expect(statistics.windows).toBeGreaterThan(1);
    expect(detections).toBe(1);
    const mixed = await transcribeAll(tiny, source, { raw, mixedLanguages: true });
    tiny.engines.detectLanguage = detectLanguage;
    expect(detections).toBe(1 + mixed.statistics.windows);
  });

  test("is detected for each channel by itself", async () => {
    const { source, raw } = rawSource(
      join16k(pcmOf(sentences[0] as string), 3),
      join16k(2, pcmOf(sentences[3] as string)),
    );
    const { transcript } = await transcribeAll(tiny, source, { raw, channels: "separate" });
    expect(transcript.channels.map(({ language }) => typeof language)).toEqual(["string", "string"]);
    for (const { languageProbability } of transcript.channels) expect(languageProbability).toBeGreaterThan(0);
    const named = await transcribeAll(tiny, source, { raw, channels: "separate", language: "fr" });
    expect(named.transcript.channels.map(({ language }) => language)).toEqual([undefined, undefined]);
  });

  test("that this model's vocabulary lacks is refused", async () => {
    const refusal = await transcribeAll(tiny, clip(0), { language: "yue" }).catch((thrown: unknown) => thrown);
    expect(refusal).toMatchObject({ code: "language-unsupported", message: expect.stringContaining("cantonese") });
  });

  test("stays the spoken one when the text is a translation", async () => {
    const { transcript } = await transcribeAll(tiny, clip(2), { language: "fr", task: "translate" });
    expect(transcript).toMatchObject({ language: "fr", task: "translate" });
  });
});
