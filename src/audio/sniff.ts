/** Says what a file is, by its bytes and never by its name. */
import { VerbatimError } from "../error.ts";
import type { Bytes } from "./bytes.ts";
import { type Format, formats } from "./formats.ts";
import { looksLikeAdts, looksLikeMpegAudio } from "./mpeg-frames.ts";
import { quicktimeFormat } from "./quicktime.ts";
import { whatElse } from "./strangers.ts";
import { readWavHeader } from "./wav.ts";

/** Enough for the first pages of an Ogg file, and for several frames of MPEG audio. */
export const HEAD_BYTES = 16 * 1024;

/** The WAV codecs that the library decodes: PCM, Microsoft ADPCM, float, A-law, mu-law, IMA ADPCM. */
const wavTags = new Set([0x01, 0x02, 0x03, 0x06, 0x07, 0x11]);

/** The format of a file. Rejects with `bad-audio` and a sentence that says what it is instead. */
export async function sniff(bytes: Bytes): Promise<Format> {
  const head = await bytes.read(0, HEAD_BYTES);
  const tagEnd = id3End(head);
  if (tagEnd > 0) return await afterId3(bytes, tagEnd);
  const format = byMagic(head);
  if (format === formats.wav) return await wavFormat(bytes, head);
  if (format === formats.mp4) return await quicktimeFormat(bytes);
  if (format) return format;
  throw new VerbatimError("bad-audio", whatElse(head));
}

/** What the first bytes of a stream say on their own; undefined: unknown so far. */
export function byMagic(head: Uint8Array): Format | undefined {
  const four = ascii(head, 0, 4);
  const second = ascii(head, 4, 8);
  const third = ascii(head, 8, 12);
  switch (four) {
    case "RIFF":
    case "RIFX":
    case "RF64":
    case "BW64":
      return third === "WAVE" ? formats.wav : third === "AVI " ? formats.avi : undefined;
    case "riff":
      return formats.wave64;
    case "FORM":
      return third === "AIFF" || third === "AIFC" ? formats.aiff : undefined;
    case "OggS":
      return oggFormat(head);
    case "\x1aE\xdf\xa3":
      return ascii(head, 0, 64).includes("webm") ? formats.webm : formats.matroska;
    case "MPCK":
      return formats.musepack;
  }
  if (quicktimeAtoms.has(second)) return formats.mp4;
  for (const [magic, format] of magics) if (ascii(head, 0, magic.length) === magic) return format;
  // Bytes that several formats share, so the next frames must agree.
  if (head[0] === 0x0b && head[1] === 0x77) return (head[5] ?? 0) >> 3 > 10 ? formats.eac3 : formats.ac3;
  if (looksLikeTransport(head)) return formats.mpegts;
  if (looksLikeAdts(head)) return formats.aac;
  if (looksLikeMpegAudio(head)) return formats.mp3;
  return undefined;
}

const magics: readonly [string, Format][] = [
  ["fLaC", formats.flac],
  [".snd", formats.au],
  ["#!AMR", formats.amr],
  ["caff", formats.caf],
  ["\x30\x26\xb2\x75\x8e\x66\xcf\x11", formats.asf],
  ["FLV\x01", formats.flv],
  ["\x00\x00\x01\xba", formats.mpeg],
  ["ADIF", formats.aac],
  ["\x7f\xfe\x80\x01", formats.dts],
  ["wvpk", formats.wavpack],
  ["MAC ", formats.ape],
  ["TTA1", formats.tta],
  ["tBaK", formats.tak],
  ["MP+", formats.musepack7],
  ["DSD ", formats.dsf],
  [".RMF", formats.realmedia],
  ["Creative Voice File", formats.voc],
  ["NIST_1A", formats.sphere],
];

/** Atoms that QuickTime's descendants begin with; ISO 14496-12 wants `ftyp`, older files do without. */
const quicktimeAtoms = new Set(["ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"]);

/** The codec of the first stream of sound: all streams announce themselves before any goes on. */
function oggFormat(head: Uint8Array): Format {
  const text = ascii(head, 0, head.length);
  const codecs: [string, Format][] = [
    ["\x01vorbis", formats.vorbis],
    ["OpusHead", formats.opus],
    ["\x7fFLAC", formats.oggFlac],
    ["Speex   ", formats.speex],
  ];
  const found = codecs
    .map(([magic, format]) => ({ at: text.indexOf(magic), format }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)[0];
  // The library reads FLAC in Ogg only where it is the first stream.
  if (found?.format === formats.oggFlac && found.at > 64) return formats.ogg;
  return found?.format ?? formats.ogg;
}

async function wavFormat(bytes: Bytes, head: Uint8Array): Promise<Format> {
  if (ascii(head, 0, 4) === "RIFX") return formats.wav;
  const header = await readWavHeader(bytes);
  return header === undefined || wavTags.has(header.tag) ? formats.wav : formats.wavOther;
}

/** Where an ID3v2 tag ends; 0 when there is none. Its size is written in 7 bits of each byte. */
export function id3End(head: Uint8Array): number {
  if (ascii(head, 0, 3) !== "ID3" || head.length < 10) return 0;
  const [, , , , , flags = 0, a = 0, b = 0, c = 0, d = 0] = head;
  return 10 + (((a & 127) << 21) | ((b & 127) << 14) | ((c & 127) << 7) | (d & 127)) + (flags & 0x10 ? 10 : 0);
}

/** Tags one behind the other: taggers that do not see each other's work leave two or three. */
const MOST_TAGS = 10;

async function afterId3(bytes: Bytes, tagEnd: number, tags = 1): Promise<Format> {
  const head = await bytes.read(tagEnd, HEAD_BYTES);
  if (head.length === 0) throw new VerbatimError("bad-audio", "The file holds nothing but a tag (ID3): it is cut off.");
  const further = id3End(head);
  if (further > 0 && tags < MOST_TAGS) return await afterId3(bytes, tagEnd + further, tags + 1);
  if (ascii(head, 0, 4) === "fLaC") return formats.flac;
  return looksLikeAdts(head) ? formats.aac : formats.mp3;
}

function looksLikeTransport(head: Uint8Array): boolean {
  // Packets of 188 bytes; m2ts puts a time of 4 bytes before each.
  return [188, 192].some((size) => {
    const offset = size - 188;
    return head.length > offset + 2 * size && [0, 1, 2].every((n) => head[offset + n * size] === 0x47);
  });
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1", from, to);
}
