/** What is heard of an utterance → words: its partials, and its final. */
import type { Decoded } from "../../engine/job.ts";
import { SAMPLE_RATE } from "../../engine/settings.ts";
import { compressionRatio, saysTwice } from "../../text/repeats.ts";
import type { Segment } from "../../text/transcript.ts";
import { groupWords, textTokens } from "../../text/words.ts";
import { audioContext } from "../context.ts";
import { doubts, isShort } from "../guard.ts";
import { LanguageChoice } from "../language.ts";
import type { HeardWindow } from "../listener.ts";
import type { RecognizerParts } from "../recognizer.ts";
import { type Scores, scores, toSegments } from "../segments.ts";
import { decodeOptions, type Result, WindowDecoder } from "../window-decoder.ts";
import { type TimedWord, timeWords } from "../word-times.ts";
import type { LiveOptions } from "./events.ts";
import type { Final } from "./finals.ts";

const MARK = /^[.,;:!?…。、，！？；：]+$/;

/** What is decoded of an utterance: a window, and the words that its text begins with. */
export interface Part {
  heard: HeardWindow;
  known: readonly TimedWord[];
}

/** An utterance, or what of it is not settled: as it is decoded usually, and by itself. */
export interface Parts {
  part: Part;
  alone(): Part;
  /** Where its settled words end, or where it begins (seconds). */
  after: number;
  /** The words before it led astray: the model ended its text with them. */
  misled(): void;
}

/** Seconds of speech, at the end of what a partial hears, that may well have no word yet. */
const UNHEARD = 1;

export interface DecodingConditions {
  readonly parts: RecognizerParts;
  /** As they are at this moment. */
  readonly options: LiveOptions;
  readonly signal: AbortSignal;
}

export class LiveDecoder {
  readonly #conditions: DecodingConditions;
  /** Sessions of one client must not take each other's partials out of the queue. */
  readonly #key = crypto.randomUUID();
  #language: LanguageChoice;

  constructor(conditions: DecodingConditions) {
    this.#conditions = conditions;
    this.#language = this.#newLanguage();
  }

  /** The next final listens for its language again. */
  forgetLanguage(): void {
    this.#language = this.#newLanguage();
  }

  /** Decodes what is not settled of an utterance, as the files' door does, and writes down what was found. */
  async final(parts: Parts, final: Final, signal: AbortSignal, mayTakeLong: boolean): Promise<Segment[]> {
    const { options } = this.#conditions;
    final.model = options.model.id;
    const language = options.detect === "utterance" ? this.#newLanguage() : this.#language;
    const decoder = this.#windowDecoder(signal, mayTakeLong);
    const { part, after } = parts;
    try {
      let { results, found } = await resultsOf(decoder, part, language, after);
      if (results.length === 0) {
        ({ results, found } = await resultsOf(decoder, parts.alone(), language, after));
        if (found.length > 0) parts.misled();
      }
      final.words = [...final.settled, ...found];
      final.language = (await language.of(part.heard.pcm)).code;
      const timestampBase = await decoder.timestampBase();
      return toSegments(final.words, final.span.from / SAMPLE_RATE, scores((results[0] as Result).decoded), {
        words: true,
        timestampBase,
      });
    } catch (thrown) {
      // A detection that failed is not kept.
      if (language === this.#language && !signal.aborted) this.forgetLanguage();
      throw thrown;
    }
  }

  /** The segments of an utterance that is settled as a whole. */
  async settled(final: Final, signal: AbortSignal): Promise<Segment[]> {
    final.model = this.#conditions.options.model.id;
    final.words = final.settled;
    final.language = (await this.#language.chosen)?.code;
    const timestampBase = await this.#windowDecoder(signal).timestampBase();
    return toSegments(final.words, final.span.from / SAMPLE_RATE, settledScores(final.words), {
      words: true,
      timestampBase,
    });
  }

  /** Decodes what is not settled of an open utterance, in one attempt; undefined when the result is not to be believed. */
  async partial({ part, alone, after, misled }: Parts, signal: AbortSignal): Promise<TimedWord[] | undefined> {
    const found = await this.#attempt(part, after, signal);
    if (part.known.length === 0) return found;
    const speech = speechIn(part, after) - UNHEARD;
    if (found !== undefined && !isAstray(found, speech)) return found;
    const other = await this.#attempt(alone(), after, signal);
    if (other !== undefined && other.length > (found?.length ?? 0)) misled();
    return other;
  }

  async #attempt({ heard, known }: Part, after: number, signal: AbortSignal): Promise<TimedWord[] | undefined> {
    const { parts, options } = this.#conditions;
    const isKept = options.detect === "once" && this.#language.chosen !== undefined;
    // What a partial hears of a language is a guess from little speech, and not kept.
    const { code } = await (isKept ? this.#language : this.#newLanguage()).of(heard.pcm);
    const seconds = heard.pcm.length / SAMPLE_RATE;
    const decoded = await parts.engines.decode(options.model, {
      lane: "partial",
      client: options.client,
      pcm: heard.pcm,
      replaces: this.#key,
      signal,
      options: {
        ...decodeOptions(parts, { ...options, words: true, segments: false }, code),
        ...(known.length > 0 ? { prefix: idsOf(known) } : {}),
        audioContext: audioContext(seconds),
        beamSize: 1,
        temperatureStep: 0,
      },
    });
    // It may well be short: there is more to come.
    if (doubts(decoded, seconds).some((doubt) => doubt !== "short")) return undefined;
    return newWords(decoded, known, heard, after);
  }

  #windowDecoder(signal: AbortSignal, full = false): WindowDecoder {
    const { parts, options } = this.#conditions;
    const beamSize = options.beamSize ?? parts.settings.decode.liveBeamSize;
    return new WindowDecoder(parts, { ...options, beamSize, words: true, segments: true }, signal, {
      lane: "final",
      full,
    });
  }

  #newLanguage(): LanguageChoice {
    const { parts, options, signal } = this.#conditions;
    return new LanguageChoice(parts.engines, options, signal, "final");
  }
}

/** What a window gives, and the new words in it. Nothing, when its text ends too soon after the words it was given, or repeats them. */
async function resultsOf(decoder: WindowDecoder, part: Part, language: LanguageChoice, after: number) {
  const { heard, known } = part;
  const speech = speechIn(part, after);
  // Who says the same again and again seems to loop when all of it is one text.
  const lacks = (decoded: Decoded) =>
    isAstray(newWords(decoded, known, heard, after), speech) || doubts(decoded, speech).includes("repeats");
  const results = await decoder.results(heard, language, known.length > 0 ? { ids: idsOf(known), lacks } : undefined);
  return { results, found: results.flatMap((one) => newWords(one.decoded, known, one.heard, after)) };
}

/** Whether known words have led the model astray: it has said too little after them for so many seconds of speech, or the same twice. */
function isAstray(found: readonly TimedWord[], speech: number): boolean {
  return (speech >= 0 && isShort(textOf(found), speech)) || saysTwice(found.map(({ text }) => text));
}

/** Seconds of speech after a moment (seconds). */
function speechIn({ heard }: Part, after: number): number {
  const from = after * SAMPLE_RATE;
  return heard.voiced.reduce((sum, span) => sum + Math.max(0, span.to - Math.max(span.from, from)), 0) / SAMPLE_RATE;
}

function textOf(words: readonly TimedWord[]): string {
  return words.map(({ text }) => text).join(" ");
}

function idsOf(words: readonly TimedWord[]): number[] {
  return words.flatMap(({ tokens }) => tokens.map(({ id }) => id));
}

/** The words that come after the known ones. A mark before the first of them would belong to a word that has been told. */
function newWords(decoded: Decoded, known: readonly TimedWord[], heard: HeardWindow, after: number): TimedWord[] {
  const ids = idsOf(known);
  let tokens = textTokens(decoded);
  const other = tokens.findIndex(({ id }, i) => id !== ids[i]);
  tokens = other < 0 ? [] : tokens.slice(other);
  while (known.length > 0 && MARK.test(tokens[0]?.text?.trim() ?? "")) tokens.shift();
  return timeWords(groupWords(tokens), heard, after);
}

/** What the settled words' own probabilities say. */
function settledScores(words: readonly TimedWord[]): Scores {
  const tokens = words.flatMap((word) => word.tokens);
  const text = words.map((word) => word.text).join(" ");
  const sum = tokens.reduce((total, { logp }) => total + logp, 0);
  return {
    temperature: 0,
    averageLogProbability: sum / Math.max(1, tokens.length),
    noSpeechProbability: 0,
    compressionRatio: compressionRatio(text),
  };
}
