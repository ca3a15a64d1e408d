import { afterAll, describe, expect, test } from "bun:test";
import { clip } from "../../test/data.ts";
import type { Decoded } from "../engine/job.ts";
import { pcmOf, testModel, wordsOf } from "../engine/testing.ts";
import { cancelJob, freeJob, newJob, resetJob } from "./job.ts";
import { drainLog } from "./log.ts";
import { closeModel, modelInfo, openModel, tokenize } from "./model.ts";
import { decode, detectLanguage, freeState, newState } from "./state.ts";

const { path } = await testModel();
const model = openModel(path);
const state = newState(model);
const jfk = pcmOf("containers_jfk/jfk.wav");

afterAll(() => {
  freeState(state);
  closeModel(model);
});

function decoded(json: Uint8Array): Decoded {
  return JSON.parse(new TextDecoder().decode(json));
}

describe("a model", () => {
  test("says what it is", () => {
    expect(modelInfo(model)).toMatchObject({
      type: "base.en",
      quantisation: "q8_0",
      multilingual: false,
      languages: ["en"],
    });
    expect(modelInfo(model).memory).toBeGreaterThan(50e6);
  });

  test("knows the tokens of a text", () => {
    expect(tokenize(model, "")).toEqual([]);
    const ids = tokenize(model, " ask not what your country can do for you");
    expect(ids.length).toBe(9);
    expect(ids).toEqual(
      " ask| not| what| your| country| can| do| for| you".split("|").flatMap((one) => tokenize(model, one)),
    );
    expect(tokenize(model, "Größe 大きい 🎙").length).toBeGreaterThan(3);
  });

  test("that is none is an error", () => {
    expect(() => openModel(import.meta.path)).toThrow();
    expect(() => openModel("/nowhere/model.bin")).toThrow();
    expect(() => openModel(`${path}\0.bin`)).toThrow("zero character");
  });

  test("leaves lines in the log, and leaves them once", () => {
    closeModel(openModel(path));
    expect(drainLog().length).toBeGreaterThan(0);
    expect(drainLog()).toEqual([]);
  });
});

describe("a decode", () => {
  test("gives the words that were said", () => {
    const { text, segments } = decoded(decode(state, null, jfk, { threads: 1, language: "en", times: "none" }));
    expect(wordsOf(text)).toBe(wordsOf(clip("containers_jfk/jfk.wav").transcript ?? ""));
    expect(segments.map((segment) => segment.text).join("")).toBe(text);
  });

  test("is told everything by one struct", () => {
    const told = { threads: 1, language: "en", times: "words", audioContext: 1024, maxTokens: 5 } as const;
    const short = decoded(decode(state, null, jfk, told));
    expect(short.truncated).toBe(true);
    expect(short.audioContext).toBe(1024);
    expect(short.segments[0]?.tokens[1]?.to).toBeGreaterThan(0);
    const prefix = tokenize(model, " Listen:");
    const forced = decoded(decode(state, null, jfk, { threads: 1, language: "en", times: "none", prefix }));
    expect(forced.text).toStartWith(" Listen:");
    const prompted = decoded(
      decode(state, null, jfk, {
        threads: 1,
        language: "en",
        times: "none",
        prompt: "AND SO MY FELLOW CITIZENS ASKED NOT",
      }),
    );
    expect(prompted.text).not.toBe(
      decoded(decode(state, null, jfk, { threads: 1, language: "en", times: "none" })).text,
    );
  });

  test("takes audio of any length up to the window", () => {
    for (const samples of [1, 320, 16_000 * 30])
      expect(decoded(decode(state, null, new Float32Array(samples), { threads: 1, language: "en" })).language).toBe(
        "en",
      );
    for (const samples of [0, 16_000 * 30 + 1])
      expect(() => decode(state, null, new Float32Array(samples), { threads: 1 })).toThrow();
  });

  test("refuses what makes no sense", () => {
    expect(() => decode(state, null, jfk, { threads: 1, language: "xx" })).toThrow();
    expect(() => decode(state, null, jfk, { threads: 1, prompt: "a\0b" })).toThrow("zero character");
    expect(() => decode(state, null, jfk, { threads: -1 })).toThrow();
  });

  test("whose job is cancelled is none, until the job is reset", () => {
    const job = newJob();
    cancelJob(job);
    expect(() => decode(state, job, jfk, { threads: 1 })).toThrow(expect.objectContaining({ code: "cancelled" }));
    resetJob(job);
    expect(decoded(decode(state, job, jfk, { threads: 1, language: "en" })).text).toContain("country");
    freeJob(job);
  });
});

test("an English model has no language to detect, and says so", () => {
  expect(() => detectLanguage(state, null, jfk, 1)).toThrow("English");
  expect(() => detectLanguage(state, null, jfk, 1, ["en", "de"])).toThrow("English");
});
