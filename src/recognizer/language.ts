/** Which language is to be written down: the one that was asked for, English where the model knows no other, or what is heard. */
import type { Engines } from "../engine/engines.ts";
import type { Lane } from "../engine/job.ts";
import { VerbatimError } from "../error.ts";
import { requireLanguage } from "../models/language.ts";
import type { InstalledModel } from "../models/model.ts";
import { LANGUAGES, languageName } from "../text/languages.ts";

export interface SpokenLanguage {
  code: string;
  /** 0..1; absent when it was given. */
  probability?: number;
}

interface LanguageRequest {
  model: InstalledModel;
  client: string;
  task: "transcribe" | "translate";
  language?: string;
  languages?: readonly string[];
}

const CODES: ReadonlySet<string> = new Set(LANGUAGES.map(({ code }) => code));

/** Refuses, before any audio is read, what the model cannot do. */
export function checkLanguage({ model, task, language, languages = [] }: LanguageRequest): void {
  for (const code of [...(language === undefined ? [] : [language]), ...languages])
    if (!CODES.has(code))
      throw new VerbatimError("bad-parameter", `"${code}" is no language that Whisper knows.`, {
        parameter: "language",
      });
  requireLanguage(model, language);
  if (languages.length > 0 && !languages.includes("en")) requireLanguage(model, languages[0]);
  // openai/whisper, README: the turbo model was not trained to translate and answers in the language it hears.
  if (task === "translate" && /\bturbo\b/.test(model.id))
    throw new VerbatimError(
      "bad-parameter",
      `The model ${model.id} cannot translate. Ask for another one, such as large-v3.`,
      {
        parameter: "task",
      },
    );
}

/** Finds out the language of one channel: once, however many windows ask. */
export class LanguageChoice {
  readonly #engines: Engines;
  readonly #request: LanguageRequest;
  readonly #signal: AbortSignal;
  readonly #lane: Lane;
  #choice: Promise<SpokenLanguage> | undefined;

  constructor(engines: Engines, request: LanguageRequest, signal: AbortSignal, lane: Lane = "file") {
    this.#engines = engines;
    this.#request = request;
    this.#signal = signal;
    this.#lane = lane;
  }

  /** The language; when it must be heard, in the speech of the first window that asks. */
  of(pcm: Float32Array): Promise<SpokenLanguage> {
    this.#choice ??= this.#choose(pcm);
    return this.#choice;
  }

  /** What was chosen; undefined when no window has asked. */
  get chosen(): Promise<SpokenLanguage> | undefined {
    return this.#choice;
  }

  async #choose(pcm: Float32Array): Promise<SpokenLanguage> {
    const { model, language, languages, client } = this.#request;
    if (!model.multilingual) return { code: "en" };
    const { languages: known } = await this.#engines.facts(model, this.#signal);
    const missing = [language, ...(languages ?? [])].find((code) => code !== undefined && !known.includes(code));
    if (missing !== undefined)
      throw new VerbatimError("language-unsupported", `The model ${model.id} does not know ${languageName(missing)}.`, {
        parameter: "language",
      });
    if (language !== undefined) return { code: language };
    if (languages?.length === 1) return { code: languages[0] as string };
    const job = { lane: this.#lane, client, pcm, signal: this.#signal };
    const guess = await this.#engines.detectLanguage(model, job, languages);
    return { code: guess.language, probability: guess.probability };
  }
}
