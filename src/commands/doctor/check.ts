/** What a check finds, and how findings are shown. */
import type { Settings } from "../../config/table.ts";

/** `warn`: it works, less well. `fail`: the program cannot do its work. */
export type State = "ok" | "warn" | "fail";

export interface Finding {
  state: State;
  /** What there is. */
  text: string;
  /** What to do about it. */
  advice?: string;
  /** The same facts for programs. */
  facts?: Record<string, unknown>;
}

export interface Check {
  name: string;
  run(settings: Settings, signal: AbortSignal): Promise<Finding | readonly Finding[]>;
}

export const ok = (text: string, facts?: Record<string, unknown>): Finding => finding("ok", text, undefined, facts);

export const warn = (text: string, advice?: string, facts?: Record<string, unknown>): Finding =>
  finding("warn", text, advice, facts);

export const fail = (text: string, advice?: string, facts?: Record<string, unknown>): Finding =>
  finding("fail", text, advice, facts);

function finding(state: State, text: string, advice?: string, facts?: Record<string, unknown>): Finding {
  return { state, text, ...(advice === undefined ? {} : { advice }), ...(facts === undefined ? {} : { facts }) };
}

/** The message of what a check threw. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
