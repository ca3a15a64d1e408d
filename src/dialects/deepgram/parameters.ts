/** The parameters that recordings and live audio have in common, and what their values mean. */
import type { RawEncoding } from "../../audio/media.ts";
import type { RedactionKind } from "../../text/formatting/sensitive.ts";
import {
  booleanOf,
  flag,
  integer,
  invalidValue,
  list,
  missingParameter,
  oneOf,
  type Parameter,
  type ParameterTable,
  text,
  type ValuesOf,
} from "./query.ts";

/** Values of `encoding`; the last three bring a container of their own. */
const ENCODINGS = [
  "linear16",
  "linear32",
  "mulaw",
  "alaw",
  "opus",
  "speex",
  "g729",
  "amr-nb",
  "amr-wb",
  "flac",
  "ogg-opus",
] as const;
export type Encoding = (typeof ENCODINGS)[number];

const MOST_CHANNELS = 20;

export const commonParameters = {
  model: text(),
  // Neither chooses anything here: a model has one version and no tiers.
  version: text(),
  tier: text(),
  language: text(),
  keyterm: list(),
  keywords: list({ most: 100 }),
  search: list({ most: 50 }),
  replace: list({ most: 200 }),

  punctuate: flag(),
  smart_format: flag(),
  numerals: flag(),
  filler_words: flag(),
  dictation: flag(),
  profanity_filter: flag(),
  redact: redaction(),
  detect_entities: flag(),

  diarize: flag(),
  diarize_model: oneOf("latest", "v1", "v2"),
  diarize_version: text(),
  multichannel: flag(),
  channels: integer({ min: 1, max: MOST_CHANNELS }),
  encoding: oneOf(...ENCODINGS),
  sample_rate: integer({ min: 8000, max: 192_000 }),

  callback: text(),
  extra: extras(),
  tag: list({ longest: 128 }),
  // Nothing is ever learnt from here.
  mip_opt_out: flag(),
} satisfies ParameterTable;

export type CommonValues = ValuesOf<typeof commonParameters>;

/** Deepgram's words for what is to be hidden, where it can be found by its letters and digits. */
const REDACTIONS: Readonly<Record<string, readonly RedactionKind[]>> = {
  true: ["number"],
  false: [],
  numbers: ["number"],
  aggressive_numbers: ["any-number"],
  ssn: ["ssn"],
  pci: ["credit-card", "credit-card-expiration", "cvv"],
  credit_card: ["credit-card"],
  credit_card_expiration: ["credit-card-expiration"],
  cvv: ["cvv"],
  phone_number: ["phone-number"],
  email_address: ["email-address"],
};

/** What is to be hidden. What cannot be is refused: a secret that was to be hidden may not be told. */
function redaction(): Parameter<RedactionKind[]> {
  const values = list({ commas: true });
  return {
    read(name, sent) {
      const kinds = values.read(name, sent).flatMap((value) => {
        const found = REDACTIONS[value.toLowerCase()] ?? (booleanOf(value) === undefined ? undefined : []);
        if (found === undefined) throw invalidValue(name, value, "This server cannot hide that.");
        return value === "1" ? REDACTIONS.true : found;
      });
      return [...new Set(kinds.filter((kind) => kind !== undefined))];
    },
  };
}

/** `key:value` pairs that come back with the answer. */
function extras(): Parameter<Record<string, string>> {
  const values = list({ longest: 2048 });
  return {
    read(name, sent) {
      const pairs = values.read(name, sent).map((pair) => {
        const colon = pair.indexOf(":");
        if (colon < 1) throw invalidValue(name, pair, "It must be a key and a value with a colon between them.");
        return [pair.slice(0, colon), pair.slice(colon + 1)];
      });
      return Object.fromEntries(pairs);
    },
  };
}

/** How the bytes are coded that a client declares. */
export interface DeclaredEncoding {
  encoding: Encoding;
  /** Hz; Deepgram wants it for every encoding whose bytes do not tell it. */
  rate?: number;
  channels: number;
}

const FIXED_RATES: Partial<Record<Encoding, number>> = { "amr-nb": 8000, "amr-wb": 16_000 };
const RATELESS: readonly Encoding[] = ["ogg-opus", "speex", "g729", "amr-nb", "amr-wb"];

/** The encoding that a client declares; undefined: the bytes say what they are. Throws when its rate is missing. */
export function declaredEncoding({
  encoding,
  sample_rate,
  channels,
}: Pick<CommonValues, "encoding" | "sample_rate" | "channels">): DeclaredEncoding | undefined {
  if (encoding === undefined) return undefined;
  const rate = sample_rate ?? FIXED_RATES[encoding];
  if (rate === undefined && !RATELESS.includes(encoding)) throw missingParameter("sample_rate");
  return { encoding, channels: channels ?? 1, ...(rate === undefined ? {} : { rate }) };
}

/** Deepgram's names of headerless encodings; its `linear32` is floating point. */
const SAMPLES: Partial<Record<Encoding, RawEncoding["encoding"]>> = {
  linear16: "linear16",
  linear32: "float32",
  mulaw: "mulaw",
  alaw: "alaw",
};

/** How samples without a head are to be read; undefined: the encoding has packets, or a container that says what it is. */
export function declaredSamples(declared: DeclaredEncoding | undefined): RawEncoding | undefined {
  const encoding = declared && SAMPLES[declared.encoding];
  if (encoding === undefined || declared?.rate === undefined) return undefined;
  return { encoding, rate: declared.rate, channels: declared.channels };
}
