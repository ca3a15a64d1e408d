/** What a session is asked for, with its defaults, and whether it can be. */
import type { MediaOptions } from "../../audio/media.ts";
import { RawStream } from "../../audio/raw.ts";
import { VerbatimError } from "../../error.ts";
import { checkLanguage } from "../language.ts";
import {
  type LiveOptions,
  LONGEST_UTTERANCE,
  type SessionOptions,
  type SessionPatch,
  sessionDefaults,
} from "./events.ts";

/** Seconds. */
const SHORTEST_UTTERANCE = 2;

/** Throws `bad-parameter` for what cannot be. */
export function liveOptions(options: SessionOptions): LiveOptions {
  return checked({ ...sessionDefaults, ...options });
}

/** The options after a change; what has become undefined is what it is by default. */
export function changedOptions(options: LiveOptions, patch: SessionPatch): LiveOptions {
  const said = Object.entries({ ...options, ...patch }).filter(([, value]) => value !== undefined);
  return checked({ ...sessionDefaults, ...Object.fromEntries(said) } as LiveOptions);
}

function checked(options: LiveOptions): LiveOptions {
  checkLanguage(options);
  const limits = {
    endpointing: [0, 60_000],
    likelyAfter: [0, 60_000],
    heardEvery: [20, 60_000],
    utteranceEnd: [0, 60_000],
    maxUtterance: [SHORTEST_UTTERANCE, LONGEST_UTTERANCE],
    interim: [0, 60_000],
    preRoll: [0, 5_000],
    channels: [1, 64],
    mostBuffered: [60, 3_600],
  } as const;
  for (const [name, [least, most]] of Object.entries(limits)) {
    const value = options[name as keyof typeof limits];
    if (typeof value === "number" && !(value >= least && value <= most))
      throw new VerbatimError("bad-parameter", `${name} must lie between ${least} and ${most}.`, { parameter: name });
  }
  return options;
}

/** What turns the bytes of `pushRaw` into planes; undefined when no encoding is declared. */
export function openRaw({ raw, channels }: LiveOptions): RawStream | undefined {
  return raw && new RawStream(raw, mixing(channels));
}

/** Whether channels are mixed or kept apart. */
export function mixing(channels: LiveOptions["channels"]): MediaOptions["channels"] {
  return channels === 1 ? "mono" : "separate";
}
