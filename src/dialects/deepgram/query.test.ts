import { describe, expect, test } from "bun:test";
import { VerbatimError } from "../../error.ts";
import { declaredEncoding } from "./parameters.ts";
import { readRecordingQuery } from "./recordings/parameters.ts";

const read = (query: string) => readRecordingQuery(new URLSearchParams(query));

function refused(act: () => unknown): string {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof VerbatimError) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  throw new Error("it was accepted");
}

const complaint = (query: string) => refused(() => read(query)).replace("bad-parameter: ", "");

describe("reading", () => {
  test("nothing given", () => {
    expect(read("")).toMatchObject({
      model: undefined,
      punctuate: false,
      redact: [],
      keyterm: [],
      utt_split: 0.8,
      detect_language: { wanted: false, languages: [] },
      callback_method: "post",
      extra: {},
    });
  });

  test("what older libraries send for an option that was not set is absent", () => {
    const query = ["model", "language", "punctuate", "utt_split", "redact", "keyterm", "encoding", "callback"].map(
      (name, i) => `${name}=${["undefined", "null", "", " "][i % 4]}`,
    );
    expect(read(query.join("&"))).toEqual(read(""));
  });

  test("booleans in every spelling", () => {
    for (const yes of ["true", "True", "TRUE", "1"]) expect(read(`punctuate=${yes}`).punctuate).toBe(true);
    for (const no of ["false", "False", "0"]) expect(read(`punctuate=${no}`).punctuate).toBe(false);
  });

  test("lists: repeated, and with commas where values cannot hold any", () => {
    expect(read("redact=pci&redact=ssn").redact).toEqual(read("redact=pci%2Cssn").redact);
    expect(read("redact=pci,ssn").redact).toEqual(["credit-card", "credit-card-expiration", "cvv", "ssn"]);
    expect(read("redact=true&redact=numbers").redact).toEqual(["number"]);
    expect(read("redact=false").redact).toEqual([]);
    expect(read("keyterm=a,b&keyterm=c+d&keyterm=e%20f&keyterm=C%2B%2B").keyterm).toEqual(["a,b", "c d", "e f", "C++"]);
  });

  test("detect_language: off, on, or among some", () => {
    expect(read("detect_language=false").detect_language.wanted).toBe(false);
    expect(read("detect_language=true").detect_language).toEqual({ wanted: true, languages: [] });
    for (const query of ["detect_language=en&detect_language=pt-BR", "detect_language=en,pt-BR"])
      expect(read(query).detect_language).toEqual({ wanted: true, languages: ["en", "pt"] });
  });

  test("extra: the first colon parts, the last of a key wins", () => {
    expect(read("extra=a:1&extra=url:http://x&extra=a:2").extra).toEqual({ a: "2", url: "http://x" });
  });

  test("summarize: two versions", () => {
    const found = ["v2", "true", "false"].map((value) => read(`summarize=${value}`).summarize);
    expect(found).toEqual(["v2", "v1", undefined]);
  });

  test("unknown names are ignored, whatever they hold", () => {
    expect(read("no_such=1&no_such=2&__proto__=3&constructor=4")).toEqual(read(""));
  });
});

describe("refusing", () => {
  test.each([
    ["punctuate=maybe", "Invalid 'punctuate' value of 'maybe'."],
    ["utt_split=soon", "Invalid 'utt_split' value of 'soon'."],
    ["utt_split=-1", "Invalid 'utt_split' value of '-1'."],
    ["utt_split=NaN", "Invalid 'utt_split' value of 'NaN'."],
    ["utt_split=0x10", "Invalid 'utt_split' value of '0x10'."],
    ["sample_rate=100", "Invalid 'sample_rate' value of '100'."],
    ["channels=1.5", "Invalid 'channels' value of '1.5'."],
    ["channels=21", "Invalid 'channels' value of '21'."],
    ["encoding=mp4", "Invalid 'encoding' value of 'mp4'."],
    ["alternatives=0", "Invalid 'alternatives' value of '0'."],
    ["callback_method=delete", "Invalid 'callback_method' value of 'delete'."],
    ["summarize=v3", "Invalid 'summarize' value of 'v3'."],
    ["detect_language=klingon", "Invalid 'detect_language' value of 'klingon'."],
    ["extra=novalue", "Invalid 'extra' value of 'novalue'. It must be a key and a value with a colon between them."],
    ["redact=pii", "Invalid 'redact' value of 'pii'. This server cannot hide that."],
    ["redact=ssn,name", "Invalid 'redact' value of 'name'. This server cannot hide that."],
    ["punctuate=true&punctuate=false", "Failed to deserialize query parameters: duplicate field `punctuate`"],
    ["model=a&model=b", "Failed to deserialize query parameters: duplicate field `model`"],
  ])("%s", (query, message) => {
    expect(complaint(query)).toBe(message);
  });

  test("the same value twice is one value", () => {
    expect(read("punctuate=true&punctuate=true").punctuate).toBe(true);
  });

  test("too many of a list, and a value that is too long", () => {
    const many = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}=${i}`).join("&");
    expect(read(many("search", 50)).search).toHaveLength(50);
    expect(complaint(many("search", 51))).toContain("at most 50");
    expect(complaint(many("replace", 201))).toContain("at most 200");
    expect(complaint(many("keywords", 101))).toContain("at most 100");
    expect(read(`tag=${"é".repeat(128)}`).tag).toHaveLength(1);
    expect(complaint(`tag=${"x".repeat(129)}`)).toContain("128 characters");
    expect(complaint(`extra=a:${"x".repeat(2048)}`).length).toBeLessThan(300);
  });
});

describe("declared encodings", () => {
  const declared = (query: string) => declaredEncoding(read(query));

  test("need a rate where their bytes do not tell it", () => {
    for (const encoding of ["linear16", "linear32", "mulaw", "alaw", "flac", "opus"])
      expect(refused(() => declared(`encoding=${encoding}`))).toBe(
        "bad-parameter: Failed to deserialize query parameters: missing field `sample_rate`",
      );
    expect(declared("encoding=amr-nb")).toEqual({ encoding: "amr-nb", channels: 1, rate: 8000 });
    expect(declared("encoding=ogg-opus")).toEqual({ encoding: "ogg-opus", channels: 1 });
    expect(declared("encoding=LINEAR16&sample_rate=8000&channels=2")).toEqual({
      encoding: "linear16",
      channels: 2,
      rate: 8000,
    });
  });

  test("are none where none is named", () => {
    expect(declared("sample_rate=8000&channels=2")).toBeUndefined();
  });
});
