import { expect, test } from "bun:test";
import { toVerbatimError } from "../../error.ts";
import type { Upload } from "../upload.ts";
import { errorReply } from "./errors.ts";
import { readFields } from "./fields.ts";

const file = { name: "file", filename: "a.wav", size: 1, source: { bytes: new Uint8Array(1) } };
const upload = (fields: Upload["fields"], with_ = true): Upload => ({
  fields,
  ...(with_ ? { file } : {}),
  [Symbol.asyncDispose]: async () => {},
});

test("defaults", () => {
  expect(readFields(upload([]))).toEqual({ file, timestamps: false, chunked: true, language: undefined });
});

test.each(["true", "TRUE", "1", "yes", "On", "t", "Y"])("%s is true", (word) => {
  expect(readFields(upload([["include_timestamps", word]])).timestamps).toBe(true);
});

test.each(["false", "0", "No", "off", "f", "n"])("%s is false", (word) => {
  expect(readFields(upload([["should_chunk", word]])).chunked).toBe(false);
});

test.each(["", "maybe", "constructor", "2"])("%j is neither, and the answer is FastAPI's", async (word) => {
  const reply = refusal(() => readFields(upload([["should_chunk", word]])));
  expect(reply.status).toBe(422);
  expect(await reply.text()).toBe(
    '{"detail":[{"type":"bool_parsing","loc":["body","should_chunk"],"msg":"Input should be a valid boolean, unable to interpret input","input":null}],' +
      '"error":{"message":"should_chunk must be true or false.","type":"invalid_request_error","param":"should_chunk","code":"bool_parsing"}}',
  );
});

test("a file under another name is none", async () => {
  const reply = refusal(() => readFields({ ...upload([]), file: { ...file, name: "audio" } }));
  expect(((await reply.json()) as { detail: object[] }).detail).toEqual([
    { type: "missing", loc: ["body", "file"], msg: "Field required", input: null },
  ]);
});

function refusal(run: () => unknown): Response {
  try {
    run();
  } catch (thrown) {
    return errorReply(toVerbatimError(thrown));
  }
  throw new Error("it was taken");
}
