/** The text messages of a stream of turns. */
import { isObject, isTexts } from "../json.ts";
import { LONGEST_MESSAGE } from "../sockets/limits.ts";
import { LIMITS } from "./parameters.ts";
import type { Thresholds } from "./turn-end.ts";

export type FluxControl =
  | { type: "CloseStream" | "ForceEndTurn" | "unparsable" | "impossible" }
  | { type: "Configure"; change: FluxChange };

/** What is absent stays as it is; `eager: undefined` takes it away. */
export interface FluxChange {
  thresholds: Partial<Pick<Thresholds, "endOfTurn" | "timeout">> & { eager?: number | undefined };
  keyterms?: string[];
  hints?: string[];
  numerals?: boolean;
}

/** Reads one message; KeepAlive and Finalize mean nothing here. */
export function readFluxControl(message: string): FluxControl {
  if (message.length > LONGEST_MESSAGE) return { type: "unparsable" };
  let given: unknown;
  try {
    given = JSON.parse(message);
  } catch {
    return { type: "unparsable" };
  }
  if (!isObject(given)) return { type: "unparsable" };
  const { type } = given;
  if (type === "CloseStream" || type === "ForceEndTurn") return { type };
  return type === "Configure" ? readConfigure(given) : { type: "unparsable" };
}

function readConfigure({ thresholds, keyterms, language_hints, numerals }: Record<string, unknown>): FluxControl {
  const limits = readThresholds(thresholds ?? {});
  const lists = [keyterms, language_hints].every((one) => isAbsent(one) || isTexts(one));
  if (limits === undefined || !lists || !(isAbsent(numerals) || typeof numerals === "boolean"))
    return { type: "impossible" };
  return {
    type: "Configure",
    change: {
      thresholds: limits,
      ...(isTexts(keyterms) ? { keyterms } : {}),
      ...(isTexts(language_hints) ? { hints: language_hints } : {}),
      ...(typeof numerals === "boolean" ? { numerals } : {}),
    },
  };
}

function readThresholds(given: unknown): FluxChange["thresholds"] | undefined {
  if (!isObject(given)) return undefined;
  const { eot_threshold: endOfTurn, eager_eot_threshold: eager, eot_timeout_ms: timeout } = given;
  for (const [name, { min, max }] of Object.entries(LIMITS)) {
    const value = given[name];
    if (!isAbsent(value) && !(typeof value === "number" && value >= min && value <= max)) return undefined;
  }
  return {
    ...(typeof endOfTurn === "number" ? { endOfTurn } : {}),
    ...(typeof eager === "number" ? { eager } : eager === null ? { eager: undefined } : {}),
    ...(typeof timeout === "number" ? { timeout } : {}),
  };
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}
