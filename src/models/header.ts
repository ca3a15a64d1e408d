/** The head of a Whisper model in ggml format: what it is, read without loading it. */
import { open } from "node:fs/promises";
import { VerbatimError } from "../error.ts";

export interface ModelHeader {
  /** `tiny`, `base`, `small`, `medium`, `large`, `large-turbo`, or `unknown` for other dimensions. */
  type: string;
  quantisation: string;
  multilingual: boolean;
  vocabulary: number;
  audioContext: number;
  audioState: number;
  audioHeads: number;
  audioLayers: number;
  textContext: number;
  textState: number;
  textHeads: number;
  textLayers: number;
  mels: number;
}

/** "ggml" as a little-endian number (GGML_FILE_MAGIC). */
const MAGIC = 0x67676d6c;
const HEADER_BYTES = 48;
/** The number of tokens from which on whisper.cpp takes a vocabulary for multilingual. */
const MULTILINGUAL_VOCABULARY = 51_865;
/** GGML_QNT_VERSION_FACTOR: the version of the quantisation is written above the file type. */
const QUANTISATION_VERSION = 1000;

/** enum ggml_ftype, the types that whisper.cpp's and our own tools write. */
const FILE_TYPES: Record<number, string> = {
  0: "f32",
  1: "f16",
  2: "q4_0",
  3: "q4_1",
  7: "q8_0",
  8: "q5_0",
  9: "q5_1",
  10: "q2_k",
  11: "q3_k",
  12: "q4_k",
  13: "q5_k",
  14: "q6_k",
};

/** By the number of encoder layers. */
const TYPES: Record<number, string> = { 4: "tiny", 6: "base", 12: "small", 24: "medium", 32: "large" };

/** First bytes of what people take for a ggml model. */
const STRANGERS: readonly (readonly [string, string])[] = [
  ["GGUF", "a GGUF file"],
  ["PK", "a PyTorch checkpoint or another zip archive"],
  ["<", "a web page"],
  ["version https://git-lfs", "a Git LFS pointer, not the file it stands for"],
];

/** Reads and checks a model file's head; throws with the reason when it is no Whisper model in ggml format. */
export async function readHeader(path: string): Promise<ModelHeader> {
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === "ENOENT"
      ? new VerbatimError("model-missing", `The model file ${path} does not exist.`, { cause })
      : unfit(path, `it cannot be read (${cause.code})`, cause);
  });
  try {
    const bytes = new Uint8Array(HEADER_BYTES);
    const { bytesRead } = await file.read(bytes, 0, HEADER_BYTES, 0).catch((cause: NodeJS.ErrnoException) => {
      throw unfit(path, cause.code === "EISDIR" ? "it is a folder" : `it cannot be read (${cause.code})`, cause);
    });
    return parseHeader(bytes.subarray(0, bytesRead), path);
  } finally {
    await file.close();
  }
}

/** The same from bytes; `path` is for messages. */
export function parseHeader(bytes: Uint8Array, path: string): ModelHeader {
  if (bytes.length === 0) throw unfit(path, "it is empty");
  const start = new TextDecoder("latin1").decode(bytes);
  for (const [beginning, what] of STRANGERS) if (start.startsWith(beginning)) throw unfit(path, `it is ${what}`);
  if (bytes.length < HEADER_BYTES) throw unfit(path, "it ends within its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw unfit(path, "it is of another format");
  // struct whisper_hparams, in file order.
  const number = (index: number, name: string, least: number, most: number) => {
    const value = view.getInt32(4 + index * 4, true);
    if (value < least || value > most) throw unfit(path, `its header is damaged (${name} is ${value})`);
    return value;
  };
  const header = {
    vocabulary: number(0, "vocabulary", 50_257, 60_000),
    audioContext: number(1, "audio context", 1, 1500),
    audioState: number(2, "audio state", 8, 8192),
    audioHeads: number(3, "audio heads", 1, 128),
    audioLayers: number(4, "audio layers", 1, 128),
    textContext: number(5, "text context", 1, 4096),
    textState: number(6, "text state", 8, 8192),
    textHeads: number(7, "text heads", 1, 128),
    textLayers: number(8, "text layers", 1, 128),
    mels: number(9, "mel bands", 1, 256),
  };
  const quantisation = FILE_TYPES[number(10, "file type", 0, 100_000) % QUANTISATION_VERSION];
  if (quantisation === undefined) throw unfit(path, "its weights are stored in a way that is not known here");
  if (header.audioState % header.audioHeads !== 0 || header.textState !== header.audioState)
    throw unfit(path, "its header is damaged (its dimensions do not fit together)");
  const type = TYPES[header.audioLayers] ?? "unknown";
  return {
    ...header,
    type: type === "large" && header.textLayers < header.audioLayers ? "large-turbo" : type,
    quantisation,
    multilingual: header.vocabulary >= MULTILINGUAL_VOCABULARY,
  };
}

function unfit(path: string, why: string, cause?: unknown): VerbatimError {
  return new VerbatimError("model-unknown", `${path} is not a Whisper model in ggml format: ${why}.`, { cause });
}
