import { describe, expect, test } from "bun:test";
import {
  type Frame,
  FrameDecoder,
  frameHeader,
  HEADER_BYTES,
  jsonOf,
  MAX_PAYLOAD_BYTES,
  pcmBytes,
  pcmOf,
} from "./frames.ts";

const JSON_TYPE = 2;
const PCM_TYPE = 1;

function bytesOf(type: number, job: number, payload: Uint8Array): Uint8Array {
  return Buffer.concat([frameHeader(type, job, payload.length), payload]);
}

function decoder(): FrameDecoder {
  return new FrameDecoder([JSON_TYPE, PCM_TYPE]);
}

function decodeAll(bytes: Uint8Array, chunkSize: number): Frame[] {
  const frames = decoder();
  const all: Frame[] = [];
  for (let at = 0; at < bytes.length; at += chunkSize) all.push(...frames.push(bytes.subarray(at, at + chunkSize)));
  frames.end();
  return all;
}

const pcm = Float32Array.from({ length: 1000 }, (_, index) => Math.sin(index));
const options = { language: "en", prompt: "Größe, 大きい, 🎙" };
const stream = Buffer.concat([
  bytesOf(PCM_TYPE, 7, pcmBytes(pcm)),
  bytesOf(JSON_TYPE, 7, Buffer.from(JSON.stringify(options))),
  bytesOf(JSON_TYPE, 0xffffffff, new Uint8Array(0)),
  bytesOf(PCM_TYPE, 8, pcmBytes(pcm.subarray(3, 9))),
]);

describe("frames", () => {
  test.each([1, 2, 3, 8, 9, 10, 13, 64, 4009, 1 << 20])("come out whole from chunks of %i bytes", (chunkSize) => {
    const frames = decodeAll(stream, chunkSize);
    expect(frames.map(({ type, job, payload }) => [type, job, payload.length])).toEqual([
      [PCM_TYPE, 7, 4000],
      [JSON_TYPE, 7, Buffer.byteLength(JSON.stringify(options))],
      [JSON_TYPE, 0xffffffff, 0],
      [PCM_TYPE, 8, 24],
    ]);
    expect(pcmOf(frames[0] as Frame)).toEqual(pcm);
    expect(jsonOf(frames[1] as Frame)).toEqual(options);
    expect(pcmOf(frames[3] as Frame)).toEqual(pcm.slice(3, 9));
  });

  test("come out whole from chunks of random sizes, each in memory of its own", () => {
    for (let round = 0; round < 200; round++) {
      const frames = decoder();
      const all: Frame[] = [];
      for (let at = 0; at < stream.length; ) {
        const size = 1 + Math.floor(Math.random() ** 4 * 5000);
        // A reader may use one buffer for every chunk: what was decoded must not change with it.
        const chunk = Uint8Array.from(stream.subarray(at, at + size));
        all.push(...frames.push(chunk));
        chunk.fill(0xee);
        at += size;
      }
      expect(all.map(({ job }) => job)).toEqual([7, 7, 0xffffffff, 8]);
      expect(pcmOf(all[0] as Frame)).toEqual(pcm);
      expect(jsonOf(all[1] as Frame)).toEqual(options);
    }
  });

  test("of an empty payload come out with the last byte of their header", () => {
    const frames = decoder();
    const bytes = bytesOf(JSON_TYPE, 1, new Uint8Array(0));
    expect([...frames.push(bytes.subarray(0, HEADER_BYTES - 1))]).toEqual([]);
    expect([...frames.push(bytes.subarray(HEADER_BYTES - 1))]).toHaveLength(1);
  });

  test("of an unknown type are an error as soon as the header is there", () => {
    expect(() => [...decoder().push(frameHeader(99, 1, 5))]).toThrow("unknown type 99");
  });

  test("that claim too much are an error before any memory is taken", () => {
    const header = frameHeader(JSON_TYPE, 1, 0);
    new DataView(header.buffer).setUint32(0, MAX_PAYLOAD_BYTES + 1, true);
    expect(() => [...decoder().push(header)]).toThrow(`claims ${MAX_PAYLOAD_BYTES + 1} bytes`);
    expect(() => frameHeader(JSON_TYPE, 1, MAX_PAYLOAD_BYTES + 1)).toThrow("too long");
  });

  test("cut off by the stream's end are an error", () => {
    for (const length of [1, HEADER_BYTES, HEADER_BYTES + 1, stream.length - 1]) {
      const frames = decoder();
      for (const _ of frames.push(stream.subarray(0, length)));
      expect(() => frames.end()).toThrow("ended inside a frame");
    }
    expect(() => decoder().end()).not.toThrow();
  });

  test("with a payload that is not what it should be are an error", () => {
    const broken = (payload: Uint8Array): Frame => [...decoder().push(bytesOf(JSON_TYPE, 1, payload))][0] as Frame;
    expect(() => jsonOf(broken(Buffer.from("{")))).toThrow("no valid JSON");
    expect(() => jsonOf(broken(Uint8Array.of(0x22, 0xff, 0x22)))).toThrow("no valid JSON");
    expect(() => pcmOf(broken(new Uint8Array(6)))).toThrow("no whole number of samples");
  });
});
