import { describe, expect, test } from "bun:test";
import { isForeign, plainName } from "./aliases.ts";
import {
  catalogue,
  findInCatalogue,
  idOfFile,
  modelFileName,
  multilingualCounterpart,
  nearestModel,
} from "./catalogue.ts";
import { requireLanguage } from "./language.ts";

describe("the catalogue", () => {
  test("has every official model, each with a size, a checksum, a pinned revision and a licence", () => {
    expect(catalogue).toHaveLength(34);
    expect(new Set(catalogue.map(({ id }) => id)).size).toBe(34);
    expect(new Set(catalogue.map(({ publication }) => publication?.sha256)).size).toBe(34);
    for (const { publication } of catalogue) {
      expect(publication?.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(publication?.revision).toMatch(/^[0-9a-f]{40}$/);
      expect(publication?.licence).toBe("MIT");
      expect(publication?.size).toBeGreaterThan(30e6);
    }
  });

  test("knows languages and quantisations by what the files are", () => {
    for (const { id, multilingual, quantisation, base } of catalogue) {
      expect([id, multilingual]).toEqual([id, !id.includes(".en")]);
      expect([id, quantisation]).toEqual([id, /q\d_\d$/.exec(id)?.[0] ?? "f16"]);
      if (quantisation === "f16") expect(base).toBeUndefined();
      else expect(findInCatalogue(base ?? "")?.quantisation).toBe("f16");
    }
  });

  test("a quantisation that nobody publishes can be made of a published model, and of nothing else", () => {
    expect(findInCatalogue("large-v3-q8_0")).toEqual({
      id: "large-v3-q8_0",
      multilingual: true,
      quantisation: "q8_0",
      base: "large-v3",
    });
    for (const id of ["large-v3-q8_0-q8_0", "x-q8_0", "base.en-q9_0", "BASE.EN", ""])
      expect(findInCatalogue(id)).toBeUndefined();
  });

  test("file names and ids are two forms of one name", () => {
    for (const { id } of catalogue) expect(idOfFile(modelFileName(id))).toBe(id);
    expect(idOfFile("mine.bin")).toBe("mine");
  });

  test("a mistyped id has a suggestion", () => {
    expect(nearestModel("bsae.en")).toBe("base.en");
    expect(nearestModel("large-v3-trubo")).toBe("large-v3-turbo");
    expect(nearestModel("completely-different")).toBeUndefined();
  });
});

describe("an English-only model asked for another language", () => {
  const model = { id: "base.en-q8_0", path: "/x", size: 1, multilingual: false };

  test("says which model to pull", () => {
    expect(() => requireLanguage(model, "de")).toThrow(
      "The model base.en-q8_0 knows English only, not de. Run: verbatim models pull base-q8_0, and ask for the model base-q8_0.",
    );
    for (const language of [undefined, "auto", "en"]) requireLanguage(model, language);
    requireLanguage({ ...model, multilingual: true }, "de");
  });

  test("the counterpart is always a published multilingual model", () => {
    for (const { id, multilingual } of catalogue) {
      if (multilingual) continue;
      const other = findInCatalogue(multilingualCounterpart(id));
      expect([id, other?.multilingual, other?.publication !== undefined]).toEqual([id, true, true]);
    }
    expect(multilingualCounterpart("small.en-tdrz")).toBe("small");
    expect(multilingualCounterpart("/home/x/own.bin")).toBe("base-q8_0");
  });
});

describe("names that other services' clients send", () => {
  test("spellings of Whisper's weights are those weights", () => {
    const spellings = {
      "openai/whisper-large-v3": "large-v3",
      "Systran/faster-whisper-small.en": "small.en",
      "deepdml/faster-whisper-large-v3-turbo-ct2": "large-v3-turbo",
      "mlx-community/whisper-large-v3-turbo-q4": "large-v3-turbo",
      "whisper-medium": "medium",
      "ggml-base.en.bin": "base.en",
      large: "large-v3",
      turbo: "large-v3-turbo",
      "whisper-large": "large-v3",
    };
    for (const [name, id] of Object.entries(spellings)) {
      expect([name, plainName(name)]).toEqual([name, id]);
      expect(findInCatalogue(plainName(name))).toBeDefined();
      expect(isForeign(plainName(name))).toBe(false);
    }
  });

  test("other services' models are known, and nonsense is not", () => {
    const foreign = [
      ..."whisper-1 gpt-4o-transcribe gpt-4o-mini-transcribe gpt-4o-transcribe-diarize gpt-transcribe gpt-live-transcribe".split(
        " ",
      ),
      ..."nova-3 nova-2-meeting enhanced-general 2-general-nova flux-general-en base-general general meeting".split(
        " ",
      ),
      ..."mlx-community/parakeet-tdt-0.6b-v3 distil-large-v3 Systran/faster-distil-whisper-small.en latest_long default".split(
        " ",
      ),
    ];
    for (const name of foreign) expect([name, isForeign(plainName(name))]).toEqual([name, true]);
    for (const name of ["whisper-9", "nonsense", "super-nova-3", "../../etc/passwd", "x.bin"])
      expect([name, isForeign(plainName(name))]).toEqual([name, false]);
  });
});
