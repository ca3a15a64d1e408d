import { expect, test } from "bun:test";
import { WavHeader } from "./wav-header.ts";

const samples = Buffer.from("samples of a recording");

function wav(...chunks: [name: string, size: number][]): Buffer {
  const parts = chunks.map(([name, size]) => {
    const chunk = Buffer.alloc(8 + size + (size % 2));
    chunk.write(name, "latin1");
    chunk.writeUInt32LE(size, 4);
    return chunk;
  });
  const data = Buffer.from("data\xff\xff\xff\xff", "latin1");
  return Buffer.concat([Buffer.from("RIFF\0\0\0\0WAVE", "latin1"), ...parts, data, samples]);
}

function strip(bytes: Buffer, piece: number): string {
  const header = new WavHeader();
  let rest = "";
  for (let at = 0; at < bytes.length; at += piece)
    rest += Buffer.from(header.strip(bytes.subarray(at, at + piece))).toString("latin1");
  return rest;
}

test.each([1, 3, 7, 44, 1000])("a header is left out, in pieces of %d bytes", (piece) => {
  for (const file of [wav(["fmt ", 16]), wav(["fmt ", 18], ["LIST", 33]), wav()])
    expect(strip(file, piece)).toBe(samples.toString());
});

test("what is no header stays", () => {
  for (const text of ["", "R", "RIFX and so on", "RIFF\0\0\0\0AVI and so on", "samples"]) {
    const bytes = Buffer.from(text, "latin1");
    if (text.length > 1 || text === "") expect(strip(bytes, 2)).toBe(text);
  }
  const endless = Buffer.concat([Buffer.from("RIFF\0\0\0\0WAVEfmt \xff\xff\xff\x7f", "latin1"), Buffer.alloc(70_000)]);
  expect(strip(endless, 1000).length).toBe(endless.length);
});
