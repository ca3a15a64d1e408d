/** Containers pushed into sessions. These need no ffmpeg; test/clients/live-encoded.test.ts has those that do. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { linear16, wav } from "../../../test/waves.ts";
import { SAMPLE_RATE } from "../../engine/settings.ts";
import { pcmOf, sentences } from "../../engine/testing.ts";
import { join16k, openTestRecognizer, recording, type TestRecognizer, wordErrorRate } from "../testing.ts";
import { type Heard, listen } from "./testing.ts";

let test16k: TestRecognizer;
beforeAll(async () => {
  test16k = await openTestRecognizer();
});
afterAll(() => test16k[Symbol.asyncDispose]());

const path = sentences[2] as string;
const other = sentences[3] as string;
const { reference } = recording(path);
const otherReference = recording(other).reference;

/** Pushes without waiting, as the messages of a socket come. */
function pushAll({ session }: Heard, bytes: Uint8Array, piece: number): void {
  for (let at = 0; at < bytes.length; at += piece) void session.pushEncoded(bytes.subarray(at, at + piece));
}

const kinds = (heard: Heard) => heard.events.map(({ type }) => type);

describe("a container", () => {
  test.each([777, 100_000, 10_000_000])("is understood from pieces of %i bytes", async (piece) => {
    const heard = listen(test16k, { interim: false, likelyAfter: 300 });
    pushAll(heard, wav(linear16(join16k(pcmOf(path), 1)), { claimed: 0xffffffff }), piece);
    await heard.session.close();
    await heard.over;
    expect(wordErrorRate(reference, heard.text)).toBeLessThan(0.1);
    expect(heard.of("opened")).toMatchObject([{ format: "wav", channels: 1 }]);
    expect(kinds(heard)).toEqual(["opened", "speech-started", "speech-ended", "final", "closed"]);
    expect(heard.of("closed")).toMatchObject([{ reason: "closed" }]);
  });

  test("is taken as it comes: its words are there before its end", async () => {
    const heard = listen(test16k, { interim: false });
    await heard.session.pushEncoded(wav(linear16(join16k(pcmOf(path), 1)), { claimed: 0xffffffff }));
    const { text } = await heard.next("final");
    expect(wordErrorRate(reference, text)).toBeLessThan(0.1);
    heard.session.abort();
    await heard.over;
  });

  test("is finalized after all that was pushed before", async () => {
    const heard = listen(test16k, { interim: false, endpointing: "manual" });
    void heard.session.pushEncoded(wav(linear16(pcmOf(path)), { claimed: 0xffffffff }));
    heard.session.finalize();
    void heard.session.pushEncoded(linear16(pcmOf(other)));
    heard.session.finalize();
    await heard.next("final", 1);
    await heard.session.close();
    const [first, second] = heard.of("final");
    expect(wordErrorRate(reference, first?.text ?? "")).toBeLessThan(0.1);
    expect(wordErrorRate(otherReference, second?.text ?? "")).toBeLessThan(0.15);
  });

  test("of two channels is mixed, or heard apart", async () => {
    const left = join16k(pcmOf(path), 6);
    const right = join16k(4, pcmOf(other), 2).slice(0, left.length);
    const bytes = wav(linear16(left.slice(0, right.length), right), { channels: 2 });
    const mixed = listen(test16k, { interim: false });
    pushAll(mixed, bytes, 50_000);
    const apart = listen(test16k, { interim: false, channels: "all" });
    pushAll(apart, bytes, 50_000);
    await Promise.all([mixed.session.close(), apart.session.close()]);
    expect(mixed.of("opened")).toMatchObject([{ channels: 1 }]);
    expect(apart.of("opened")).toMatchObject([{ channels: 2 }]);
    expect(wordErrorRate(`${reference} ${otherReference}`, mixed.text)).toBeLessThan(0.15);
    const of = (channel: number) => apart.of("final").filter((final) => final.channel === channel);
    expect(
      of(0)
        .map(({ text }) => text)
        .join(""),
    ).toContain(mixed.of("final")[0]?.text ?? "nothing");
    expect(
      wordErrorRate(
        otherReference,
        of(1)
          .map(({ text }) => text)
          .join(""),
      ),
    ).toBeLessThan(0.15);
  });

  test("may be a long one: whoever waits is held back, and whoever does not is served as well", async () => {
    const bytes = wav(linear16(join16k(...Array.from({ length: 12 }, () => [pcmOf(path), 4]).flat())));
    const waiting = listen(test16k, { interim: false, mostBuffered: 60 });
    for (let at = 0; at < bytes.length; at += 200_000)
      await waiting.session.pushEncoded(bytes.subarray(at, at + 200_000));
    await waiting.session.close();
    expect(waiting.of("error")).toEqual([]);
    expect(waiting.of("final").length).toBe(12);
    const hasty = listen(test16k, { interim: false, mostBuffered: 60 });
    pushAll(hasty, bytes, 32_000);
    await hasty.session.close();
    expect(hasty.of("error")).toEqual([]);
    expect(hasty.text).toBe(waiting.text);
  }, 120_000);
});

describe("what cannot be read", () => {
  const noise = Uint8Array.from({ length: 20_000 }, (_, i) => (i * i * 31 + 17) % 253);

  test("ends the session with an error while it is pushed", async () => {
    const heard = listen(test16k);
    pushAll(heard, noise, 1000);
    await heard.over;
    expect(heard.of("error")).toMatchObject([{ code: "bad-audio" }]);
    expect(kinds(heard)).toEqual(["error", "closed"]);
    expect(heard.of("closed")).toMatchObject([{ reason: "failed" }]);
    await heard.session.pushEncoded(noise);
    heard.session.finalize();
    await heard.session.close();
  });

  test("is told when a few bytes are all there is", async () => {
    const heard = listen(test16k);
    await heard.session.pushEncoded(Uint8Array.of(1, 2, 3));
    await heard.session.close();
    await heard.over;
    expect(kinds(heard)).toEqual(["error", "closed"]);
  });

  test("has the wrong number of channels", async () => {
    const heard = listen(test16k, { channels: 3 });
    pushAll(heard, wav(linear16(pcmOf(path), pcmOf(path)), { channels: 2 }), 10_000);
    await heard.over;
    expect(heard.of("error")).toMatchObject([{ code: "bad-audio", message: expect.stringContaining("3 channels") }]);
  });

  test("is more than may wait", async () => {
    const heard = listen(test16k);
    for (let i = 0; i < 5; i++) void heard.session.pushEncoded(new Uint8Array(16 * 1024 * 1024));
    await heard.over;
    expect(heard.of("error")).toMatchObject([{ code: "too-large" }]);
    expect(heard.of("closed")).toMatchObject([{ reason: "overflow" }]);
  });

  test("is a container where raw bytes were announced, and the other way round", async () => {
    const raw = listen(test16k, { raw: { encoding: "linear16", rate: SAMPLE_RATE, channels: 1 } });
    expect(() => raw.session.pushEncoded(noise)).toThrow("raw encoding");
    raw.session.abort();
    const encoded = listen(test16k);
    expect(() => encoded.session.pushRaw(noise)).toThrow("raw encoding");
    encoded.session.abort();
  });
});
