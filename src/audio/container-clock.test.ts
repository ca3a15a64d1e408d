import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { clip } from "../../test/data.ts";
import { clockOf } from "./container-clock.ts";
import { formats } from "./formats.ts";
import { OggOpus } from "./ogg-opus.ts";

const bytesOf = (name: string) => new Uint8Array(readFileSync(clip(`containers_jfk/${name}`).file));
const files = { "jfk.webm": formats.webm, "jfk.opus": formats.opus, "jfk.ogg": formats.vorbis };
const named = (name: string) => clockOf(files[name as keyof typeof files]);

describe("how much sound came", () => {
  test.each(Object.keys(files))("is known of %s, however it is cut", (name) => {
    for (const piece of [1, 777, 100_000]) {
      const clock = named(name);
      const bytes = bytesOf(name);
      for (let at = 0; at < bytes.length; at += piece) clock?.push(bytes.subarray(at, at + piece));
      expect(clock?.seconds).toBeWithin(10.98, 11.04);
    }
  });

  test.each(Object.keys(files))("grows with the bytes of %s", (name) => {
    const clock = named(name);
    const bytes = bytesOf(name);
    let last = 0;
    for (let at = 0; at < bytes.length; at += 500) {
      clock?.push(bytes.subarray(at, at + 500));
      expect(clock?.seconds ?? 0).toBeGreaterThanOrEqual(last);
      last = clock?.seconds ?? 0;
      // Neither has a constant number of bytes in a second; both are near to it.
      expect(last).toBeWithin((11 * at) / bytes.length - 2.5, (11 * at) / bytes.length + 1.5);
    }
  });

  test("is known of packets that become pages", () => {
    const clock = clockOf(formats.opus);
    const ogg = new OggOpus(1);
    // Twenty milliseconds of silence.
    for (let i = 1; i <= 50; i++) clock?.push(ogg.push(Uint8Array.of(0xf8, 0xff, 0xfe)));
    expect(clock?.seconds).toBeCloseTo(1, 6);
  });

  test("is not known of what is none, nor of other formats", () => {
    const noise = Uint8Array.from({ length: 50_000 }, (_, i) => (i * i * 31 + 17) % 253);
    for (const format of [formats.webm, formats.ogg]) {
      const clock = clockOf(format);
      for (let at = 0; at < noise.length; at += 1000) clock?.push(noise.subarray(at, at + 1000));
      expect(clock?.seconds).toBeUndefined();
    }
    expect(clockOf(formats.mp3)).toBeUndefined();
  });
});
