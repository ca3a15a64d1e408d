/** What is heard of an utterance → words: its partials, and its final. */
import type { Decoded } from "../../engine/job.ts";
import { SAMPLE_RATE } from "../../engine/settings.ts";
import { compressionRatio } from "../../text/repeats.ts";
import type { Segment } from "../../text/transcript.ts";
import { groupWords, textTokens } from "../../text/words.ts";
import { audioContext } from "../context.ts";
import { doubts } from "../guard.ts";
import { LanguageChoice } from "../language.ts";
import type { HeardWindow } from "../listener.ts";
import type { RecognizerParts } from "../recognizer.ts";
import { type Scores, scores, toSegments } from "../segments.ts";
import { decodeOptions, type Result, WindowDecoder } from "../window-decoder.ts";
import { type TimedWord, timeWords } from "../word-times.ts";
import type { LiveOptions } from "./events.ts";
import type { Final } from "./finals.ts";
import { endOf } from "./told.ts";

const MARK = /^[.,;:!?…。、，！？；：]+$/;

/** What is decoded of an utterance: a window, and the words that its text begins with. */
export interface Part {
  heard: HeardWindow;
  known: readonly TimedWord[];
}

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
  async final({ heard, known }: Part, final: Final, signal: AbortSignal): Promise<Segment[]> {
    const { parts, options } = this.#conditions;
    final.model = options.model.id;
    const language = options.detect === "utterance" ? this.#newLanguage() : this.#language;
    const beamSize = options.beamSize ?? parts.settings.decode.liveBeamSize;
    const decoder = new WindowDecoder(parts, { ...options, beamSize, words: true, segments: true }, signal, "final");
    try {
      const results = await decoder.results(heard, language, idsOf(known));
      const after = endOf(final.span, final.settled) / SAMPLE_RATE;
      const found = results.flatMap((one) => newWords(one.decoded, known, one.heard, after));
      final.words = [...final.settled, ...found];
      final.language = (await language.of(heard.pcm)).code;
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
    const { parts, options } = this.#conditions;
    final.model = options.model.id;
    final.words = final.settled;
    final.language = (await this.#language.chosen)?.code;
    const decoder = new WindowDecoder(parts, { ...options, words: true, segments: true }, signal, "final");
    const timestampBase = await decoder.timestampBase();
    return toSegments(final.words, final.span.from / SAMPLE_RATE, settledScores(final.words), {
      words: true,
      timestampBase,
    });
  }

  /** Decodes what is not settled of an open utterance, in one attempt; undefined when the result is not to be believed. */
  async partial({ heard, known }: Part, after: number, signal: AbortSignal): Promise<TimedWord[] | undefined> {
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

  #newLanguage(): LanguageChoice {
    const { parts, options, signal } = this.#conditions;
    return new LanguageChoice(parts.engines, options, signal, "final");
  }
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
