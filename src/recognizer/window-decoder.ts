/** Windows of one file, or one utterance, → segments, with everything that the request says and everything that is to be counted. */
import type { Decoded, DecodeOptions, Lane } from "../engine/job.ts";
import { SAMPLE_RATE } from "../engine/settings.ts";
import type { Segment } from "../text/transcript.ts";
import { groupWords, textTokens } from "../text/words.ts";
import { attempt } from "./attempts.ts";
import { audioContext, FULL_CONTEXT } from "./context.ts";
import { halve } from "./halving.ts";
import type { LanguageChoice } from "./language.ts";
import type { HeardWindow } from "./listener.ts";
import { promptText } from "./prompt.ts";
import type { DecodingStatistics, RecognizerParts, TranscribeOptions } from "./recognizer.ts";
import { scores, startOf, toSegments, toWholeSegment } from "./segments.ts";
import { timeWords } from "./word-times.ts";

/** Samples. Nobody says more in so little time than the model can write. */
const LEAST_HALVED = 6 * SAMPLE_RATE;

/** What is counted window by window. */
type WindowStatistics = Omit<DecodingStatistics, "repaired">;

/** What of a request says how its windows are decoded. */
export type DecodeRequest = Pick<
  TranscribeOptions,
  "model" | "task" | "prompt" | "keyterms" | "words" | "segments" | "temperature" | "beamSize" | "client"
>;

/** What the text of a window begins with. */
export interface Beginning {
  ids: readonly number[];
  /** Whether a text that begins so is not to be believed. */
  lacks(decoded: Decoded): boolean;
}

/** What else is decoded at the same time decides what a window is given. */
export interface Way {
  lane: Lane;
  /** A window that begins with nothing known gets the encoder's full context: a short one loses its first words without. */
  full: boolean;
}

/** A window, or a half of one, and its text. */
export interface Result {
  heard: HeardWindow;
  decoded: Decoded;
}

export class WindowDecoder {
  readonly #parts: RecognizerParts;
  readonly #options: DecodeRequest;
  readonly #signal: AbortSignal;
  readonly #way: Way;
  readonly statistics: WindowStatistics = {
    speech: 0,
    windows: 0,
    trimmed: 0,
    doubted: {},
    redecoded: 0,
    dropped: {},
  };

  constructor(
    parts: RecognizerParts,
    options: DecodeRequest,
    signal: AbortSignal,
    way: Way = { lane: "file", full: false },
  ) {
    this.#parts = parts;
    this.#options = options;
    this.#signal = signal;
    this.#way = way;
  }

  /** The segments of a window, in the language of its channel. */
  async decode(heard: HeardWindow, language: LanguageChoice): Promise<Segment[]> {
    const { words, segments } = this.#options;
    const results = await this.results(heard, language);
    if (!words && !segments) return results.flatMap(({ heard, decoded }) => toWholeSegment(heard.window, decoded));
    const timestampBase = await this.timestampBase();
    return results.flatMap(({ heard, decoded }) => {
      const timed = timeWords(groupWords(textTokens(decoded)), heard);
      return toSegments(timed, startOf(heard.window), scores(decoded), { words, timestampBase });
    });
  }

  /** What is to be believed of a window; nothing, when its text lacks something after its beginning. One with too much text is decoded in halves. */
  async results(heard: HeardWindow, language: LanguageChoice, begin?: Beginning): Promise<Result[]> {
    const { model, client } = this.#options;
    const { temperature, temperatureStep } = { ...this.#parts.settings.decode, ...this.#options };
    const { window, pcm } = heard;
    const { code } = await language.of(pcm);
    const shared = { ...decodeOptions(this.#parts, this.#options, code), ...(begin && { prefix: [...begin.ids] }) };
    const speech = window.speech.reduce((sum, { from, to }) => sum + to - from, 0) / SAMPLE_RATE;
    const result = await attempt(
      (more) =>
        this.#parts.engines.decode(model, {
          lane: this.#way.lane,
          client,
          pcm,
          options: { ...shared, ...more },
          signal: this.#signal,
        }),
      {
        context: this.#way.full && begin === undefined ? FULL_CONTEXT : audioContext(pcm.length / SAMPLE_RATE),
        speech,
        temperature,
        temperatureStep,
        mayOverflow: begin === undefined && pcm.length >= LEAST_HALVED,
        lacks: begin?.lacks,
      },
    );
    if (result.overflows) {
      const halves = halve(heard).map((half) => this.results(half, language));
      return (await Promise.all(halves)).flat();
    }
    if (result.isLacking) return [];
    this.#count(result, speech);
    return [{ heard, decoded: result.decoded }];
  }

  /** Id of `<|0.00|>`. The English vocabulary has one token less than the first multilingual one, that of large-v3 one language more. */
  async timestampBase(): Promise<number> {
    const { model } = this.#options;
    if (!model.multilingual) return 50_363;
    const { languages } = await this.#parts.engines.facts(model, this.#signal);
    return 50_265 + languages.length;
  }

  #count({ doubts, dropped, trimmed }: Awaited<ReturnType<typeof attempt>>, speech: number): void {
    const { metrics, log } = this.#parts;
    const { statistics } = this;
    statistics.windows++;
    statistics.speech += speech;
    if (trimmed) statistics.trimmed++;
    if (doubts.length > 0) statistics.redecoded++;
    for (const doubt of doubts) {
      statistics.doubted[doubt] = (statistics.doubted[doubt] ?? 0) + 1;
      metrics.redecoded.add({ reason: doubt });
    }
    if (dropped === undefined) return;
    statistics.dropped[dropped] = (statistics.dropped[dropped] ?? 0) + 1;
    metrics.dropped.add({ reason: dropped }, speech);
    log.debug("text left out", { reason: dropped, seconds: speech });
  }
}

/** What the settings and a request say of every decode. */
export function decodeOptions(
  { settings }: RecognizerParts,
  request: DecodeRequest,
  language: string,
): Omit<DecodeOptions, "prefix"> {
  const { model, task, words, segments } = request;
  const { beamSize, bestOf } = { ...settings.decode, ...request };
  const prompt = promptText(settings, request);
  return {
    language,
    // What an English-only model writes down is English already.
    task: model.multilingual ? task : "transcribe",
    times: words || segments ? "words" : "none",
    suppressNonSpeech: true,
    ...(prompt === undefined ? {} : { prompt }),
    beamSize,
    bestOf,
  };
}
