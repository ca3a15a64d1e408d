/**
 * The wake words that can be heard: the classifiers of openWakeWord (github.com/dscripka/openWakeWord), version 0.1 of each, with the two
 * models that all of them stand on. The files are checked before they are used, for they may come from any folder.
 */
import { VerbatimError } from "../error.ts";

export interface ModelFile {
  file: string;
  sha256: string;
}

export interface Classifier extends ModelFile {
  /** The names that the file gives to what goes in and what comes out. */
  input: string;
  output: string;
}

/** PCM → 32 mel bands every 10 ms. */
export const MEL: ModelFile = {
  file: "melspectrogram.onnx",
  sha256: "ba2b0e0f8b7b875369a2c89cb13360ff53bac436f2895cced9f479fa65eb176f",
};

/** 76 of these (0.76 s) → 96 numbers: Google's speech_embedding. */
export const EMBEDDING: ModelFile = {
  file: "embedding_model.onnx",
  sha256: "70d164290c1d095d1d4ee149bc5e00543250a7316b59f31d056cff7bd3075c1f",
};

const classifiers = {
  alexa: {
    file: "alexa_v0.1.onnx",
    sha256: "6ff566a01d12670e8d9e3c59da32651db1575d17272a601b7f8a39283dfbae3e",
    input: "onnx::Flatten_0",
    output: "13",
  },
  hey_jarvis: {
    file: "hey_jarvis_v0.1.onnx",
    sha256: "94a13cfe60075b132f6a472e7e462e8123ee70861bc3fb58434a73712ee0d2cb",
    input: "x.1",
    output: "53",
  },
  hey_mycroft: {
    file: "hey_mycroft_v0.1.onnx",
    sha256: "c2a311e8fa1338de89c31b3b46dc4dffd4af2f9a8d6ddead48893c2d301b1f18",
    input: "onnx::Flatten_0",
    output: "39",
  },
  hey_rhasspy: {
    file: "hey_rhasspy_v0.1.onnx",
    sha256: "5a9b3ed3be2910e35780e097905aa9f35a9c10038df47914cf2b3ec4d670f6ea",
    input: "onnx::Flatten_0",
    output: "39",
  },
} as const satisfies Record<string, Classifier>;

export type WakeWord = keyof typeof classifiers;

/** Every wake word there is. */
export const WAKE_WORDS = Object.keys(classifiers) as WakeWord[];

/** The first name alone is what other programs call these words; there is no classifier for it without the greeting. */
const shortNames: Record<string, WakeWord> = { jarvis: "hey_jarvis", mycroft: "hey_mycroft", rhasspy: "hey_rhasspy" };

/** The wake word that somebody means: `jarvis`, `Hey Jarvis` and `hey_jarvis_v0.1` are one. Throws `bad-parameter` for others. */
export function wakeWordNamed(name: string): WakeWord {
  const plain = name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, "_")
    .replace(/_v0\.1$/, "");
  const word = Object.hasOwn(shortNames, plain) ? shortNames[plain] : plain;
  const found = WAKE_WORDS.find((one) => one === word);
  if (found) return found;
  throw new VerbatimError(
    "bad-parameter",
    `There is no wake word "${name.slice(0, 100)}". Known: ${WAKE_WORDS.join(", ")}.`,
    {
      parameter: "wake_words",
    },
  );
}

export function classifierOf(word: WakeWord): Classifier {
  return classifiers[word];
}
