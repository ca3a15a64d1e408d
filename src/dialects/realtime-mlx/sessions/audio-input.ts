/** The audio of a message: what it says of itself, what its sender says of it, and what its bytes look like. */
import type { RawEncoding } from "../../../audio/media.ts";
import { sampleBytes } from "../../../audio/pcm.ts";
import { checkRaw } from "../../../audio/raw.ts";
import { byMagic, id3End } from "../../../audio/sniff.ts";
import { readWavHeader } from "../../../audio/wav.ts";
import { VerbatimError } from "../../../error.ts";
import { type Body, optionalField } from "../json-body.ts";

/** Hz, where nothing is said. */
export const USUAL_RATE = 16_000;

const ENCODINGS: Readonly<Record<string, RawEncoding["encoding"]>> = {
  pcm: "linear16",
  pcm16: "linear16",
  pcm_s16le: "linear16",
  s16le: "linear16",
  int16: "linear16",
  linear16: "linear16",
  pcm_f32le: "float32",
  f32le: "float32",
  float32: "float32",
  mulaw: "mulaw",
  alaw: "alaw",
};

/** What a client says of its audio. */
export interface Declared {
  /** Headerless, in this encoding; absent: the bytes tell. */
  encoding?: RawEncoding["encoding"];
  rate?: number;
  channels: number;
}

export interface AudioInput {
  /** Absent for a container. */
  raw?: RawEncoding;
  bytes: Uint8Array;
  /** The declaration is wrong. */
  warning?: string;
}

/** The fields `format` (or `encoding`), `sample_rate` and `channels`; throws `bad-parameter` for what cannot be. */
export function readDeclared(body: Body): Declared {
  const name = optionalField(body, "format", "string") ?? optionalField(body, "encoding", "string");
  const rate = optionalField(body, "sample_rate", "integer");
  const channels = optionalField(body, "channels", "integer") ?? 1;
  const encoding = name === undefined ? undefined : ENCODINGS[name.toLowerCase()];
  checkRaw({ encoding: "linear16", rate: rate ?? USUAL_RATE, channels });
  // `wav`, `mp3`, `webm`: the bytes of a container say it themselves.
  return { ...(encoding ? { encoding } : {}), ...(rate === undefined ? {} : { rate }), channels };
}

/** Throws `bad-audio` for what is no base64 (RFC 4648, either alphabet, whole); a data URL's head is passed over. */
export function decodeBase64(text: string): Uint8Array {
  const plain = text.startsWith("data:") ? text.slice(text.indexOf(",") + 1) : text;
  // The other alphabet is mostly written without padding.
  const isUrl = /[-_]/.test(plain.slice(0, 4096));
  try {
    return isUrl
      ? Uint8Array.fromBase64(plain, { alphabet: "base64url" })
      : Uint8Array.fromBase64(plain, { lastChunkHandling: "strict" });
  } catch (cause) {
    throw new VerbatimError("bad-audio", "Invalid base64 audio data", { parameter: "audio_data", cause });
  }
}

/** Says what bytes are. With `isExact` a number of bytes that is no number of samples is refused, else its rest is left out. */
export async function audioInput(
  bytes: Uint8Array,
  declared: Declared,
  { isExact }: { isExact: boolean },
): Promise<AudioInput> {
  const isContained = isContainer(bytes, declared);
  if (isContained) return await contained(bytes, declared);
  const encoding = declared.encoding ?? (looksLikeFloats(bytes) ? "float32" : "linear16");
  const raw: RawEncoding = { encoding, rate: declared.rate ?? USUAL_RATE, channels: declared.channels };
  const frame = sampleBytes(encoding) * raw.channels;
  const odd = bytes.length % frame;
  if (odd === 0) return { raw, bytes };
  if (!isExact) return { raw, bytes: bytes.subarray(0, bytes.length - odd) };
  const what =
    raw.channels === 1 ? `samples of ${frame} bytes` : `${raw.channels} channels of ${sampleBytes(encoding)} bytes`;
  throw new VerbatimError("bad-audio", `Invalid audio data: ${bytes.length} bytes are no whole number of ${what}.`, {
    parameter: "audio_data",
  });
}

/** WAV tells itself apart from any samples; other magic bytes may also be samples, which a client can declare. */
function isContainer(bytes: Uint8Array, { encoding }: Declared): boolean {
  const isWav = Buffer.from(bytes.subarray(0, 4)).toString("latin1") === "RIFF";
  return isWav || (encoding === undefined && (id3End(bytes) > 0 || byMagic(bytes) !== undefined));
}

const WAV_ENCODINGS: Readonly<Record<string, RawEncoding["encoding"]>> = {
  "1/16": "linear16",
  "1/32": "linear32",
  "3/32": "float32",
  "6/8": "alaw",
  "7/8": "mulaw",
};

/** Plain WAV is taken as its samples, so that each message of a stream may have a header of its own. */
async function contained(bytes: Uint8Array, declared: Declared): Promise<AudioInput> {
  const source = { size: bytes.length, read: async (at: number, n: number) => bytes.subarray(at, at + n) };
  const header = byMagic(bytes)?.name === "wav" ? await readWavHeader(source) : undefined;
  const encoding = header && WAV_ENCODINGS[`${header.tag}/${header.bits}`];
  if (header === undefined || encoding === undefined) return { bytes };
  const { rate, channels, dataAt, dataSize } = header;
  const end = Math.min(bytes.length, dataAt + dataSize);
  const frame = sampleBytes(encoding) * channels;
  const samples = bytes.subarray(dataAt, end - ((end - dataAt) % frame));
  const isOther = declared.rate !== undefined && declared.rate !== rate;
  return {
    raw: { encoding, rate, channels },
    bytes: samples,
    ...(isOther
      ? { warning: `sample_rate says ${declared.rate} Hz and the file ${rate} Hz: the file is believed.` }
      : {}),
  };
}

/** What is louder is no sample; what is this quiet (denormal, but for zeros) is two 16-bit samples. */
const LOUDEST = 4;
const QUIETEST = 1e-30;

/** The original takes 32-bit floats where its page says 16-bit integers: bytes that can be floats are. */
function looksLikeFloats(bytes: Uint8Array): boolean {
  if (bytes.length === 0 || bytes.length % 4 !== 0) return false;
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  let tiny = 0;
  let zeros = 0;
  const floats = new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
  for (const sample of floats) {
    const loudness = Math.abs(sample);
    if (!(loudness <= LOUDEST)) return false;
    if (loudness === 0) zeros++;
    else if (loudness < QUIETEST) tiny++;
  }
  return zeros < floats.length && tiny < (floats.length - zeros) / 4;
}
