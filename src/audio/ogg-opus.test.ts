import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { clip } from "../../test/data.ts";
import { OggOpus } from "./ogg-opus.ts";

const recorded = readFileSync(clip("containers_jfk/jfk.opus").file);

interface Page {
  bytes: Buffer;
  position: bigint;
  packets: Buffer[];
}

/** The pages of an Ogg file whose packets end on the page where they begin. */
function pagesOf(file: Buffer): Page[] {
  const pages: Page[] = [];
  for (let at = 0; at < file.length; ) {
    expect(file.toString("latin1", at, at + 4)).toBe("OggS");
    const segments = file.subarray(at + 27, at + 27 + (file[at + 26] as number));
    let body = at + 27 + segments.length;
    const packets: Buffer[] = [];
    let length = 0;
    for (const segment of segments) {
      length += segment;
      if (segment === 255) continue;
      packets.push(file.subarray(body, body + length));
      body += length;
      length = 0;
    }
    pages.push({ bytes: file.subarray(at, body), position: file.readBigInt64LE(at + 6), packets });
    at = body;
  }
  return pages;
}

/** RFC 3533, section 6, bit by bit. */
function checksum(page: Buffer): number {
  let sum = 0;
  for (const [i, byte] of page.entries()) {
    sum ^= (i >= 22 && i < 26 ? 0 : byte) << 24;
    for (let bit = 0; bit < 8; bit++) sum = (sum << 1) ^ (sum < 0 ? 0x04c11db7 : 0);
  }
  return sum >>> 0;
}

describe("packets", () => {
  const [, , ...audio] = pagesOf(recorded).flatMap(({ packets }) => packets);
  const written = () => {
    const ogg = new OggOpus(1);
    return Buffer.concat(audio.map((packet) => ogg.push(packet)));
  };

  test("become pages with the packets and the samples of an encoder's own", () => {
    const [head, tags, ...pages] = pagesOf(written());
    expect(head?.packets[0]?.toString("latin1", 0, 8)).toBe("OpusHead");
    expect(tags?.packets[0]?.toString("latin1", 0, 8)).toBe("OpusTags");
    expect(pages.map(({ packets }) => packets)).toEqual(audio.map((packet) => [packet]));
    // The encoder's last page may say that its last packet is not whole.
    const ends = pagesOf(recorded).slice(2, -1);
    let count = 0;
    for (const { position, packets } of ends) {
      count += packets.length;
      expect(pages[count - 1]?.position).toBe(position);
    }
    expect(ends.length).toBeGreaterThan(0);
  });

  test("have the checksums that an encoder gives", () => {
    for (const { bytes } of [...pagesOf(recorded), ...pagesOf(written())])
      expect(bytes.readUInt32LE(22)).toBe(checksum(bytes));
  });

  test("begin a stream that says so, and count on", () => {
    const pages = pagesOf(written());
    expect(pages.map(({ bytes }) => bytes[5])).toEqual([2, ...pages.slice(1).map(() => 0)]);
    expect(pages.map(({ bytes }) => bytes.readUInt32LE(18))).toEqual(pages.map((_, i) => i));
  });

  test("that are none make no page", () => {
    const ogg = new OggOpus(2);
    expect(ogg.push(new Uint8Array()).length).toBe(0);
    expect(ogg.push(new Uint8Array(70_000)).length).toBe(0);
    // A packet of many frames that has none.
    expect(ogg.push(Uint8Array.of(3, 0)).length).toBe(0);
    expect(pagesOf(Buffer.from(ogg.push(audio[0] as Buffer))).length).toBe(3);
  });
});
