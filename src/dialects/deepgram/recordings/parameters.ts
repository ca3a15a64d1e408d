/** What a request for a recording may ask for: https://developers.deepgram.com/reference/speech-to-text/listen-pre-recorded */
import { parseLanguage } from "../../../text/languages.ts";
import { commonParameters } from "../parameters.ts";
import {
  booleanOf,
  flag,
  integer,
  invalidValue,
  list,
  number,
  oneOf,
  otherwise,
  type Parameter,
  type ParameterTable,
  readQuery,
  single,
  type ValuesOf,
} from "../query.ts";

const recordingParameters = {
  ...commonParameters,
  paragraphs: flag(),
  utterances: flag(),
  /** Seconds. */
  utt_split: otherwise(number({ min: 0, max: 3600 }), 0.8),
  measurements: flag(),
  // One is given, however many are asked for.
  alternatives: integer({ min: 1, max: 100 }),
  detect_language: detection(),
  callback_method: otherwise(oneOf("post", "put"), "post"),

  summarize: summary(),
  topics: flag(),
  custom_topic: list({ most: 100 }),
  custom_topic_mode: oneOf("extended", "strict"),
  intents: flag(),
  custom_intent: list({ most: 100 }),
  custom_intent_mode: oneOf("extended", "strict"),
  sentiment: flag(),
} satisfies ParameterTable;

export type RecordingValues = ValuesOf<typeof recordingParameters>;

/** Reads the query of a request. */
export function readRecordingQuery(search: URLSearchParams): RecordingValues {
  return readQuery(search, recordingParameters);
}

interface Detection {
  wanted: boolean;
  /** Detection chooses among these only, when there are any. */
  languages: string[];
}

/** `true`, or the languages that there may be. */
function detection(): Parameter<Detection> {
  const values = list({ commas: true });
  return {
    read(name, sent) {
      const found: Detection = { wanted: false, languages: [] };
      for (const value of values.read(name, sent)) {
        const plain = booleanOf(value);
        found.wanted = plain ?? true;
        if (plain !== undefined) continue;
        const language = parseLanguage(value);
        if (language === undefined || language === "auto") throw invalidValue(name, value);
        found.languages.push(language);
      }
      return found.wanted ? found : { wanted: false, languages: [] };
    },
  };
}

/** Which version of summaries is wanted. */
function summary(): Parameter<"v1" | "v2" | undefined> {
  return single((value, name) => {
    if (value.toLowerCase() === "v2") return "v2";
    const plain = booleanOf(value);
    if (plain === undefined) throw invalidValue(name, value);
    return plain ? "v1" : undefined;
  });
}
