/** What Handy's socket makes of a config, over the real recognizer. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { clip } from "../../../test/data.ts";
import { defaultSettings } from "../../config/load.ts";
import { silentLog } from "../../log/log.ts";
import { openTestRecognizer, type TestRecognizer } from "../../recognizer/testing.ts";
import type { Call } from "../call.ts";
import type { Services } from "../dialect.ts";
import { PcmLine } from "../pcm-line.ts";
import { handyLine } from "./routes.ts";

// This machine may be busy.
setDefaultTimeout(60_000);

let whole: TestRecognizer;
/** With how many hypotheses finals and files were decoded. */
const followed: (number | undefined)[] = [];
beforeAll(async () => {
  whole = await openTestRecognizer();
  const { decode } = whole.engines;
  whole.engines.decode = (model, job) => {
    if (job.lane !== "partial") followed.push(job.options.beamSize);
    return decode.call(whole.engines, model, job);
  };
});
afterAll(() => whole[Symbol.asyncDispose]());

/** What a socket is told that gets these messages, to its end. */
async function told(...messages: (string | Uint8Array)[]): Promise<string[]> {
  followed.length = 0;
  const services = { ...whole, settings: defaultSettings(), log: silentLog } as unknown as Services;
  const call: Call = { id: "1", client: "me", signal: new AbortController().signal, facts: {} };
  const line = new PcmLine(services, call, { dialect: "handy", model: whole.model, open: handyLine.open });
  const found: string[] = [];
  const closed = new Promise<void>((close) =>
    line.opened({ send: (one) => found.push(String(one)), close: () => close() }),
  );
  for (const one of messages) typeof one === "string" ? line.text(one) : line.bytes(one);
  await closed;
  return found;
}

const file = await Bun.file(clip("containers_jfk/jfk.wav").file).bytes();
const samples = file.subarray(44, 44 + 32_000 * 4);
const stop = '{"type":"stop"}';

test.each<[string, number]>([
  ['{"language":null,"task":"transcribe","beam_size":1}', 3],
  ['{"beam_size":5}', 5],
  ['{"beam_size":1000}', 8],
  ['{"beam_size":"many"}', 3],
  ['{"beam_size":-1}', 3],
])("%s: so many hypotheses", async (config, beams) => {
  expect((await told(config, samples, stop)).at(-1)).toMatch(/^\{"type": "final", "text": ".*fellow Americans/);
  expect(new Set(followed)).toEqual(new Set([beams]));
});

test("a config in mid-stream holds from there on, and for recordings", async () => {
  const silence = new Uint8Array(32_000);
  await told(samples, silence, '{"beam_size":6}', samples, stop);
  expect(followed.at(-1)).toBe(6);
  await told('{"beam_size":4}', file, stop);
  expect(new Set(followed)).toEqual(new Set([4]));
});
