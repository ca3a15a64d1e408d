/** What the URL of a stream may ask for: https://developers.deepgram.com/reference/speech-to-text/listen-streaming */
import { VerbatimError } from "../../../error.ts";
import { commonParameters } from "../parameters.ts";
import {
  booleanOf,
  flag,
  integer,
  invalidValue,
  otherwise,
  type ParameterTable,
  readQuery,
  single,
  type ValuesOf,
} from "../query.ts";

/** Milliseconds; Deepgram's default, which is less than anybody can do: what is really waited for is the least that ends nothing in mid-word. */
const USUAL_ENDPOINTING = 10;
const LONGEST_ENDPOINTING = 60_000;

const liveParameters = {
  ...commonParameters,
  interim_results: flag(),
  /** Milliseconds of silence; false: silence never makes `speech_final`. */
  endpointing: otherwise(single(readEndpointing), USUAL_ENDPOINTING),
  utterance_end_ms: integer({ min: 1000, max: 5000 }),
  vad_events: flag(),
  // Nothing is ever held back.
  no_delay: flag(),
} satisfies ParameterTable;

export type LiveValues = ValuesOf<typeof liveParameters>;

/** Reads the query of a handshake; throws what Deepgram refuses, and what would change the meaning if it were ignored. */
export function readLiveQuery(search: URLSearchParams): LiveValues {
  const values = readQuery(search, liveParameters);
  if (values.callback !== undefined)
    throw new VerbatimError(
      "bad-parameter",
      "'callback' is not supported on streams by this server: results come on the stream itself.",
      { parameter: "callback" },
    );
  return values;
}

function readEndpointing(value: string, name: string): number | false {
  const isOn = booleanOf(value);
  // `1` is a number here.
  if (isOn === false || value === "0") return false;
  if (isOn === true && value !== "1") return USUAL_ENDPOINTING;
  if (/^\d+$/.test(value) && Number(value) <= LONGEST_ENDPOINTING) return Number(value);
  throw invalidValue(name, value);
}
