import { describe, expect, test } from "bun:test";
import { toVerbatimError, VerbatimError } from "../../error.ts";
import type { TranscribeEvent } from "../../recognizer/recognizer.ts";
import { patiently } from "./patience.ts";
import type { ReplyShape } from "./reply.ts";
import { streamed } from "./stream.ts";

const shape: ReplyShape = { task: "transcribe", format: "json", segments: false, words: false, logprobs: false };
const segment = {
  text: " Hello",
  from: 0,
  to: 1,
  words: [],
  tokens: [],
  temperature: 0,
  averageLogProbability: 0,
  noSpeechProbability: 0,
  compressionRatio: 1,
  windowStart: 0,
};
const heard: TranscribeEvent = { type: "segment", channel: 0, segment };
const lost = new VerbatimError("engine-failed", "The engine ended twice.");

/** Events as a recognizer gives them, and whether it was told to stop. */
function events(...given: (TranscribeEvent | Error | "wait")[]) {
  const state = { ended: false };
  async function* run(): AsyncGenerator<TranscribeEvent> {
    try {
      for (const event of given) {
        if (event instanceof Error) throw event;
        if (event === "wait") await Bun.sleep(5);
        else yield event;
      }
    } finally {
      state.ended = true;
    }
  }
  return { run: run(), state };
}

describe("streamed", () => {
  test("a failure before anything is known of the text is thrown", async () => {
    const { run } = events({ type: "progress", done: 0 }, lost);
    await expect(streamed(run, shape, toVerbatimError)).rejects.toBe(lost);
  });

  test("a later one is the last event, in the shape that SDKs throw", async () => {
    const { run } = events({ type: "progress", done: 3 }, heard, lost);
    const { body, finished } = await streamed(run, shape, toVerbatimError);
    const text = await new Response(body).text();
    await finished;
    expect(text).toStartWith("event: transcript.text.delta\r\n");
    expect(text).toEndWith(
      'data: {"error":{"message":"The engine ended twice.","type":"server_error","param":null,"code":null}}\r\n\r\n',
    );
    expect(text).not.toContain("[DONE]");
  });

  test("a reader that leaves ends the recognizer", async () => {
    const { run, state } = events(heard, ...Array.from({ length: 1000 }, () => ["wait", heard] as const).flat());
    const { body, finished } = await streamed(run, shape, toVerbatimError);
    const reader = body.getReader();
    await reader.read();
    await reader.cancel();
    await finished;
    expect(state.ended).toBe(true);
  });
});

describe("patiently", () => {
  const reply = { type: "application/json", body: '{"text":"Hello"}' };
  const hasty = { patience: 10, beat: 10 };

  test("a reply in time is just that reply", async () => {
    const call = {};
    const response = await patiently(Promise.resolve(reply), { "x-verbatim-model": "a" }, call);
    expect(await response.text()).toBe(reply.body);
    expect(response.headers.get("content-length") ?? response.headers.get("x-verbatim-model")).toBeTruthy();
    expect(call).toEqual({});
  });

  test("a failure in time is thrown", async () => {
    await expect(patiently(Promise.reject(lost), {}, {})).rejects.toBe(lost);
  });

  test("a late reply is the same JSON after white space, and the request runs until then", async () => {
    const late = Promise.withResolvers<typeof reply>();
    const call: { streaming?: Promise<void> } = {};
    const response = await patiently(late.promise, {}, call, hasty);
    expect(response.headers.get("content-type")).toBe("application/json");
    const reader = response.clone().body?.getReader();
    for (let beats = 0; beats < 3; beats++)
      expect(Buffer.from((await reader?.read())?.value ?? "").toString()).toBe("\n");
    late.resolve(reply);
    await call.streaming;
    const text = await response.text();
    expect(text).toMatch(/^\n+\{/);
    expect(JSON.parse(text)).toEqual({ text: "Hello" });
  });

  test("a late failure cuts the line: no broken reply passes for a whole one", async () => {
    const late = Promise.withResolvers<typeof reply>();
    const response = await patiently(late.promise, {}, {}, hasty);
    late.reject(lost);
    await expect(response.text()).rejects.toThrow();
  });
});
