/** What is heard of an utterance → words: its partials, and its final. */
import { SAMPLE_RATE } from "../../engine/settings.ts";
import type { Segment } from "../../text/transcript.ts";
import { groupWords, textTokens } from "../../text/words.ts";
import { audioContext } from "../context.ts";
import { doubts } from "../guard.ts";
import { LanguageChoice } from "../language.ts";
import type { HeardWindow } from "../listener.ts";
import type { RecognizerParts } from "../recognizer.ts";
import { decodeOptions, WindowDecoder } from "../window-decoder.ts";
import { type TimedWord, timeWords } from "../word-times.ts";
import type { LiveOptions } from "./events.ts";
import type { Final } from "./finals.ts";

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

  /** Decodes an utterance, after what was told of its window already, as the files' door does; writes its language down. */
  async final(heard: HeardWindow, final: Final, told: readonly number[], signal: AbortSignal): Promise<Segment[]> {
    const { parts, options } = this.#conditions;
    final.model = options.model.id;
    const language = options.detect === "utterance" ? this.#newLanguage() : this.#language;
    const decoder = new WindowDecoder(parts, { ...options, words: true, segments: true }, signal, "final");
    try {
      const segments = await decoder.decode(heard, language, { prefix: [...told, ...final.prefix], told: told.length });
      final.language = (await language.of(heard.pcm)).code;
      return segments;
    } catch (thrown) {
      // A detection that failed is not kept.
      if (language === this.#language && !signal.aborted) this.forgetLanguage();
      throw thrown;
    }
  }

  /** Decodes what there is of an utterance, in one attempt; undefined when the result is not to be believed. */
  async partial(heard: HeardWindow, prefix: readonly number[], signal: AbortSignal): Promise<TimedWord[] | undefined> {
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
        ...(prefix.length > 0 ? { prefix } : {}),
        audioContext: audioContext(seconds),
        beamSize: 1,
        temperatureStep: 0,
      },
    });
    // It may well be short: there is more to come.
    if (doubts(decoded, seconds).some((doubt) => doubt !== "short")) return undefined;
    return timeWords(groupWords(textTokens(decoded)), heard);
  }

  #newLanguage(): LanguageChoice {
    const { parts, options, signal } = this.#conditions;
    return new LanguageChoice(parts.engines, options, signal, "final");
  }
}
