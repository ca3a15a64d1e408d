import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { NewRecord } from "../sinks/record.ts";
import { channelText } from "../text/plain.ts";
import type { SessionEvent } from "./live/events.ts";
import { published } from "./published.ts";
import { openTestRecognizer, recording, type TestRecognizer, wordErrorRate } from "./testing.ts";

let testing: TestRecognizer;
beforeAll(async () => {
  testing = await openTestRecognizer();
});
afterAll(() => testing[Symbol.asyncDispose]());

const { source, reference } = recording("containers_jfk/jfk.wav");

function publisher(partials: boolean) {
  const records: NewRecord[] = [];
  const works: string[] = [];
  return {
    records,
    works,
    partials,
    publish: (record: NewRecord) => void records.push(record),
    publishOnce(work: string, all: readonly NewRecord[]) {
      works.push(work);
      records.push(...all);
    },
  };
}

/** 16-bit samples after a header of 78 bytes. */
async function samples(): Promise<Float32Array> {
  const { file } = (await import("../../test/data.ts")).clip("containers_jfk/jfk.wav");
  const bytes = await Bun.file(file).arrayBuffer();
  return Float32Array.from(new Int16Array(bytes.slice(78)), (sample) => sample / 32768);
}

describe("what is recognised", () => {
  test("in a file is published segment by segment, as the reader gets it", async () => {
    const { recognizer, model } = testing;
    const sinks = publisher(false);
    const options = {
      model,
      task: "transcribe",
      words: true,
      segments: true,
      channels: "mono",
      client: "test",
      session: "request-7",
    } as const;
    for await (const event of published(recognizer, sinks).transcribe(source, options)) {
      if (event.type !== "transcript") {
        expect(sinks.records).toEqual([]);
        continue;
      }
      const [channel] = event.transcript.channels;
      expect(sinks.records.map(({ text }) => text).join(" ")).toBe(channel ? channelText(channel) : "");
      expect(sinks.records.flatMap(({ words }) => words)).toEqual(
        channel?.segments.flatMap(({ words }) => words) ?? [],
      );
    }
    expect(wordErrorRate(reference, sinks.records.map(({ text }) => text).join(" "))).toBeLessThan(0.1);
    expect(sinks.works).toEqual(["request-7"]);
    for (const record of sinks.records)
      expect(record).toMatchObject({
        type: "final",
        session: "request-7",
        source: "file",
        channel: 0,
        language: "en",
        model: model.id,
      });
  });

  test("live is published before it is told: every final with words, and partials where they are wanted", async () => {
    for (const partials of [true, false]) {
      const { recognizer, model } = testing;
      const sinks = publisher(partials);
      const session = published(recognizer, sinks).openSession({ model, task: "transcribe", client: "test" });
      const told: SessionEvent[] = [];
      const reading = (async () => {
        for await (const event of session.events) {
          told.push(event);
          if (event.type === "final" && event.text !== "") expect(sinks.records.at(-1)?.text).toBe(event.text);
        }
      })();
      const pcm = await samples();
      for (let at = 0; at < pcm.length; at += 16_000) {
        session.push([pcm.subarray(at, at + 16_000)]);
        await session.ready();
        await Bun.sleep(20);
      }
      await session.close();
      await reading;
      const spoken = (type: string) =>
        told.flatMap((event) => (event.type === type && "text" in event && event.text !== "" ? [event.text] : []));
      const sent = (type: string) => sinks.records.filter((record) => record.type === type).map(({ text }) => text);
      expect(sent("final")).toEqual(spoken("final"));
      expect(sent("partial")).toEqual(partials ? spoken("partial") : []);
      expect(wordErrorRate(reference, sent("final").join(" "))).toBeLessThan(0.2);
      expect(new Set(sinks.records.map(({ session }) => session)).size).toBe(1);
      expect(sinks.records[0]).toMatchObject({ source: "live", channel: 0, model: model.id });
    }
  });
});
