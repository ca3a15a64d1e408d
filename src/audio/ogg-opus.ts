/** Opus packets without a container → an Ogg stream that any decoder reads (RFC 3533, RFC 7845). Each packet is a page: nothing waits. */

/** Samples at 48 kHz of a packet's frames, by the upper five bits of its first byte (RFC 6716, 3.1). */
const FRAME_SAMPLES = [
  ...Array.from({ length: 3 }, () => [480, 960, 1920, 2880]).flat(),
  ...Array.from({ length: 2 }, () => [480, 960]).flat(),
  ...Array.from({ length: 4 }, () => [120, 240, 480, 960]).flat(),
];
/** What the length table of one page can say. */
const LONGEST_PACKET = 254 * 255 + 254;
const SERIAL = 0x76657262;
const FIRST_PAGE = 2;

export class OggOpus {
  readonly #channels: number;
  #page = 0;
  #samples = 0n;

  /** `channels`: 1 or 2; packets know better and may say otherwise. */
  constructor(channels: number) {
    this.#channels = channels;
  }

  /** The pages for the next packet; none for what is no packet. */
  push(packet: Uint8Array): Uint8Array {
    const samples = samplesOf(packet);
    if (samples === 0 || packet.length > LONGEST_PACKET) return new Uint8Array();
    const begin = this.#page === 0 ? [this.#next(opusHead(this.#channels), FIRST_PAGE), this.#next(OPUS_TAGS)] : [];
    this.#samples += BigInt(samples);
    return Buffer.concat([...begin, this.#next(packet)]);
  }

  #next(body: Uint8Array, flags = 0): Uint8Array {
    const segments = Math.floor(body.length / 255) + 1;
    const page = Buffer.alloc(27 + segments + body.length);
    page.write("OggS", 0, "latin1");
    page[5] = flags;
    page.writeBigInt64LE(this.#samples, 6);
    page.writeUInt32LE(SERIAL, 14);
    page.writeUInt32LE(this.#page++, 18);
    page[26] = segments;
    page.fill(255, 27, 27 + segments);
    page[26 + segments] = body.length % 255;
    page.set(body, 27 + segments);
    page.writeUInt32LE(checksum(page), 22);
    return page;
  }
}

/** Samples at 48 kHz of a packet; 0 for none. */
export function samplesOf(packet: Uint8Array): number {
  const [first, second = 0] = packet;
  if (first === undefined) return 0;
  const frames = [1, 2, 2, second & 0x3f][first & 3] as number;
  return frames * (FRAME_SAMPLES[first >> 3] as number);
}

function opusHead(channels: number): Uint8Array {
  const head = Buffer.alloc(19);
  head.write("OpusHead", 0, "latin1");
  head[8] = 1;
  head[9] = channels;
  head.writeUInt32LE(48_000, 12);
  return head;
}

/** No vendor and no comments. */
const OPUS_TAGS = Buffer.concat([Buffer.from("OpusTags", "latin1"), Buffer.alloc(8)]);

const CHECKSUMS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 24;
  for (let bit = 0; bit < 8; bit++) rest = rest < 0 ? (rest << 1) ^ 0x04c11db7 : rest << 1;
  return rest;
});

function checksum(page: Uint8Array): number {
  let sum = 0;
  for (const byte of page) sum = (sum << 8) ^ (CHECKSUMS[(sum >>> 24) ^ byte] as number);
  return sum >>> 0;
}
