import { describe, expect, test } from "bun:test";
import { VerbatimError } from "../../error.ts";
import { errorBody, errorReply } from "./errors.ts";
import { readSpeechRequest } from "./options.ts";

const read = (...fields: [string, string][]) => readSpeechRequest("transcribe", fields);

function refused(...fields: [string, string][]) {
  try {
    read(...fields);
  } catch (thrown) {
    if (thrown instanceof VerbatimError) return { status: errorReply(thrown).status, ...errorBody(thrown).error };
    throw thrown;
  }
  throw new Error("it was accepted");
}

describe("readSpeechRequest", () => {
  test("nothing given is plain json", () => {
    expect(read()).toEqual({
      task: "transcribe",
      format: "json",
      stream: false,
      logprobs: false,
      segments: false,
      words: false,
      ignored: [],
    });
  });

  test("empty values are absent, the last of a scalar wins", () => {
    expect(read(["prompt", ""], ["language", " "], ["temperature", ""], ["response_format", ""])).toEqual(read());
    expect(read(["response_format", "srt"], ["response_format", "vtt"]).format).toBe("vtt");
  });

  test("fields of Parakeet's ask for its times, or for their absence", () => {
    expect(read()).not.toHaveProperty("timestamps");
    expect(read(["should_chunk", "false"])).toMatchObject({ timestamps: false, ignored: [] });
    expect(read(["include_timestamps", "True"])).toMatchObject({ timestamps: true, words: false });
    expect(refused(["include_timestamps", "perhaps"])).toMatchObject({ status: 400, param: "include_timestamps" });
  });

  test("granularities in every spelling", () => {
    const both = [
      [
        ["timestamp_granularities[]", "word"],
        ["timestamp_granularities[]", "segment"],
      ],
      [
        ["timestamp_granularities", "word"],
        ["timestamp_granularities", "segment"],
      ],
      [
        ["timestamp_granularities[0]", "word"],
        ["timestamp_granularities[1]", "segment"],
      ],
      [["timestamp_granularities", "word, segment"]],
      [["timestamp_granularities", '["segment","word"]']],
    ] as [string, string][][];
    for (const fields of both)
      expect(read(["response_format", "verbose_json"], ...fields)).toMatchObject({ words: true, segments: true });
    const verbose: [string, string] = ["response_format", "verbose_json"];
    expect(read(verbose)).toMatchObject({ words: false, segments: true });
    expect(read(verbose, ["timestamp_granularities[]", "word"])).toMatchObject({ words: true, segments: false });
  });

  test("granularities without verbose_json have no effect and are no error", () => {
    expect(read(["timestamp_granularities[]", "word"])).toMatchObject({
      format: "json",
      words: false,
      segments: false,
    });
  });

  test("languages by code, name, tag and list", () => {
    for (const [given, code] of [
      ["en", "en"],
      ["English", "en"],
      ["pt-BR", "pt"],
      ["ENG", "en"],
      ["zh-Hant", "zh"],
    ] as const)
      expect(read(["language", given]).language).toBe(code);
    expect(read(["language", "auto"]).language).toBe("auto");
    expect(read(["languages[]", "de"], ["languages[]", "french"]).languages).toEqual(["de", "fr"]);
  });

  test("prompt, keywords, temperature, logprobs, stream", () => {
    expect(read(["prompt", "ACME, Zyntrix"], ["keywords[]", "Foo, Inc."], ["keywords[]", "Bar"])).toMatchObject({
      prompt: "ACME, Zyntrix",
      keyterms: ["Foo, Inc.", "Bar"],
    });
    expect(read(["temperature", "0.4"]).temperature).toBe(0.4);
    expect(read(["temperature", "0"])).not.toHaveProperty("temperature");
    expect(read(["include[]", "logprobs"], ["stream", "true"])).toMatchObject({ logprobs: true, stream: true });
  });

  test("chunking_strategy as fields, as JSON, as a word", () => {
    const vad = { threshold: 0.4, padMs: 200, minSilenceMs: 500 };
    const name = "chunking_strategy";
    const object = { type: "server_vad", threshold: 0.4, prefix_padding_ms: 200, silence_duration_ms: 500 };
    const fields = Object.entries(object).map(([key, value]): [string, string] => [`${name}[${key}]`, String(value)]);
    expect(read(...fields)).toMatchObject({ vad, ignored: [] });
    expect(read([name, JSON.stringify(object)]).vad).toEqual(vad);
    expect(read([name, '{"type":"server_vad"}']).vad).toEqual({});
    expect(read([name, "auto"])).not.toHaveProperty("vad");
  });

  test("what has no effect is named", () => {
    expect(read(["model", "x"], ["vad_filter", "true"], ["known_speaker_names[]", "a"]).ignored).toEqual([
      "vad_filter",
      "known_speaker_names",
    ]);
  });

  test("translations have no words", () => {
    const fields: [string, string][] = [
      ["response_format", "verbose_json"],
      ["timestamp_granularities[]", "word"],
    ];
    expect(readSpeechRequest("translate", fields)).toMatchObject({ task: "translate", words: false });
  });
});

describe("refusals, in OpenAI's words", () => {
  const shape = { status: 400, type: "invalid_request_error" };

  test("language", () => {
    expect(refused(["language", "xx!"])).toEqual({
      ...shape,
      message: "Invalid language 'xx!'. Language parameter must be specified in ISO-639-1 format.",
      param: "language",
      code: "invalid_language_format",
    });
    expect(refused(["languages[]", "de"], ["languages[]", "klingon"])).toMatchObject({ param: "languages" });
  });

  test("response_format", () => {
    expect(refused(["response_format", "yaml"])).toEqual({
      ...shape,
      message: "Invalid value: 'yaml'. Supported values are: 'json', 'text', 'srt', 'verbose_json' and 'vtt'.",
      param: "response_format",
      code: "invalid_value",
    });
    expect(refused(["response_format", "diarized_json"])).toMatchObject({
      ...shape,
      param: "response_format",
      code: "unsupported_value",
    });
  });

  test("temperature, granularities, include, stream, chunking_strategy", () => {
    for (const text of ["7", "-0.1", "NaN", "Infinity", "1e999", "0x", "warm"])
      expect(refused(["temperature", text])).toMatchObject({ ...shape, param: "temperature", code: "invalid_value" });
    const phrase = refused(["timestamp_granularities[]", "phrase"]);
    expect(phrase).toMatchObject({ ...shape, param: "timestamp_granularities" });
    expect(phrase.message).toBe("Invalid value: 'phrase'. Supported values are: 'word' and 'segment'.");
    expect(refused(["include[]", "words"])).toMatchObject({ ...shape, param: "include" });
    expect(refused(["stream", "maybe"])).toMatchObject({ ...shape, param: "stream" });
    expect(refused(["chunking_strategy", "none"])).toMatchObject({ ...shape, param: "chunking_strategy" });
    expect(refused(["chunking_strategy", '{"type":"semantic"}'])).toMatchObject({
      ...shape,
      param: "chunking_strategy",
    });
    expect(refused(["chunking_strategy[type]", "server_vad"], ["chunking_strategy[threshold]", "2"])).toMatchObject({
      ...shape,
      param: "chunking_strategy.threshold",
    });
  });

  test("a giant value is not repeated whole", () => {
    expect(refused(["response_format", "x".repeat(10_000)]).message.length).toBeLessThan(300);
  });
});

describe("errorReply", () => {
  const bodyOf = async (error: VerbatimError) => {
    const response = errorReply(error);
    return { status: response.status, headers: response.headers, ...((await response.json()) as { error: object }) };
  };

  test("all four keys, always", async () => {
    const { error, headers } = await bodyOf(new VerbatimError("bad-request", "No."));
    expect(error).toEqual({ message: "No.", type: "invalid_request_error", param: null, code: null });
    expect(headers.get("content-type")).toMatch(/^application\/json/);
  });

  test("busy and closing say when to come back", async () => {
    const busy = await bodyOf(new VerbatimError("busy", "Busy.", { retryAfter: 2.2 }));
    expect([busy.status, busy.headers.get("retry-after")]).toEqual([429, "3"]);
    const closing = await bodyOf(new VerbatimError("shutting-down", "Closing."));
    expect([closing.status, closing.headers.get("retry-after")]).toEqual([503, "1"]);
  });

  test("a failure that would repeat itself tells the SDKs not to try again", async () => {
    const failed = await bodyOf(new VerbatimError("engine-failed", "The engine failed twice."));
    expect([failed.status, failed.headers.get("x-should-retry")]).toEqual([500, "false"]);
    expect((await bodyOf(new VerbatimError("busy", "Busy."))).headers.has("x-should-retry")).toBe(false);
  });

  test("bad audio begins with OpenAI's sentence and ends with ours; short audio has its own", async () => {
    const { error } = await bodyOf(new VerbatimError("bad-audio", "The video has no sound."));
    expect(error).toMatchObject({ type: "invalid_request_error", param: null, code: null });
    expect((error as { message: string }).message).toMatch(
      /^Invalid file format\. Supported formats: \['flac'.*\]\. The video/,
    );
    const short = new VerbatimError("bad-audio", "Too short.", { parameter: "file", reason: "too-short" });
    expect((await bodyOf(short)).error).toEqual({
      message: "Too short.",
      type: "invalid_request_error",
      param: "file",
      code: "audio_too_short",
    });
  });
});
