/** What the URL of a stream of turns may ask for: https://developers.deepgram.com/reference/speech-to-text/listen-flux */
import { VerbatimError } from "../../../error.ts";
import { commonParameters } from "../parameters.ts";
import {
  integer,
  list,
  missingParameter,
  number,
  otherwise,
  type ParameterTable,
  readQuery,
  type ValuesOf,
} from "../query.ts";
import type { Thresholds } from "./turn-end.ts";

/** What thresholds may be, in URLs and in `Configure`. */
export const LIMITS = {
  eot_threshold: { min: 0.5, max: 1 },
  eager_eot_threshold: { min: 0.3, max: 0.9 },
  eot_timeout_ms: { min: 500, max: 60_000 },
} as const;

const usualThresholds: Thresholds = { endOfTurn: 0.7, timeout: 5000 };

const fluxParameters = {
  ...commonParameters,
  eot_threshold: otherwise(number(LIMITS.eot_threshold), usualThresholds.endOfTurn),
  eager_eot_threshold: number(LIMITS.eager_eot_threshold),
  eot_timeout_ms: otherwise(integer(LIMITS.eot_timeout_ms), usualThresholds.timeout),
  language_hint: list({ commas: true }),
} satisfies ParameterTable;

export type FluxValues = ValuesOf<typeof fluxParameters>;

/** Reads the query of a handshake; throws what Deepgram refuses. */
export function readFluxQuery(search: URLSearchParams): FluxValues {
  const values = readQuery(search, fluxParameters);
  const { model, callback, multichannel } = values;
  if (model === undefined) throw missingParameter("model");
  if (!/^flux-/i.test(model))
    throw new VerbatimError(
      "model-unknown",
      `The model ${model.slice(0, 100)} is not one of turns; /v1/listen serves it.`,
      {
        parameter: "model",
      },
    );
  const impossible = callback !== undefined ? "callback" : multichannel ? "multichannel" : undefined;
  if (impossible !== undefined)
    throw new VerbatimError("bad-parameter", `'${impossible}' is not supported on /v2/listen.`, {
      parameter: impossible,
    });
  return values;
}
