/** A stream's text messages: Deepgram's, and those of the servers that imitate it. */
import { isObject, isTexts } from "../json.ts";
import { readStartConfig, type StartConfig } from "../lightning/start.ts";
import { LONGEST_MESSAGE } from "../sockets/limits.ts";

export type Control =
  | { type: "KeepAlive" }
  | { type: "CloseStream" }
  | { type: "Finalize"; channel?: number }
  | { type: "Configure"; change: ConfigureChange }
  /** Lightning Whisper MLX: the samples that follow, 16-bit and mono. */
  | ({ type: "start" } & StartConfig);

/** `keyterms: []` takes all back; what is absent stays as it is. */
export interface ConfigureChange {
  keyterms?: string[];
  numerals?: boolean;
}

/** What was wrong with a message: that it means nothing, or that its wish to configure cannot be. */
interface Misunderstood {
  type: "misunderstood" | "impossible";
  description: string;
}

const KNOWN = ["CloseStream", "Configure", "Sync", "KeepAlive", "Finalize"];

/** Reads one message. */
export function readControl(message: string): Control | Misunderstood {
  if (message.length > LONGEST_MESSAGE) return misunderstood(`it has more than ${LONGEST_MESSAGE} characters`);
  let given: unknown;
  try {
    given = JSON.parse(message);
  } catch {
    return misunderstood("it is no JSON");
  }
  if (!isObject(given)) return misunderstood(`invalid type: ${kindOf(given)}, expected an object`);
  const { type } = given;
  if (type === undefined) return misunderstood(`missing field \`type\`${place(message, message.trimEnd().length)}`);
  if (typeof type !== "string") return misunderstood(`invalid type: ${kindOf(type)}, expected a string`);
  switch (type) {
    case "KeepAlive":
    // Nothing is documented of its effect but that it is one of theirs.
    case "Sync":
    case "ping":
      return { type: "KeepAlive" };
    case "CloseStream":
    case "stop":
      return { type: "CloseStream" };
    case "Finalize":
      return readFinalize(given);
    case "Configure":
      return readConfigure(given);
    case "start":
      return readStart(given);
  }
  const expected = KNOWN.map((name) => `\`${name}\``).join(", ");
  return misunderstood(`unknown variant \`${shortened(type)}\`, expected one of ${expected}${typePlace(message)}`);
}

function readFinalize({ channel }: Record<string, unknown>): Control | Misunderstood {
  if (channel === undefined || channel === null) return { type: "Finalize" };
  if (Number.isInteger(channel) && (channel as number) >= 0) return { type: "Finalize", channel: channel as number };
  return misunderstood("`channel` must be the number of a channel");
}

/** `processors` is what versions 3 and 4 of the JavaScript library call the features. */
function readConfigure({ keyterms, features, processors }: Record<string, unknown>): Control | Misunderstood {
  const toggles = features ?? processors ?? {};
  const { numerals } = isObject(toggles) ? toggles : {};
  if (!isObject(toggles)) return impossible("`features` must be an object.");
  if (numerals !== undefined && numerals !== null && typeof numerals !== "boolean")
    return impossible("`numerals` must be true or false.");
  if (keyterms !== undefined && keyterms !== null && !isTexts(keyterms))
    return impossible("`keyterms` must be a list of texts.");
  return {
    type: "Configure",
    change: {
      ...(keyterms === undefined ? {} : { keyterms: keyterms ?? [] }),
      ...(typeof numerals === "boolean" ? { numerals } : {}),
    },
  };
}

function readStart({ config }: Record<string, unknown>): Control | Misunderstood {
  const read = readStartConfig(config);
  return typeof read === "string" ? misunderstood(read) : { type: "start", ...read };
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "sequence" : typeof value;
}

/** Where the type's text ends, which is where Deepgram says that it stopped reading. */
function typePlace(message: string): string {
  const found = /"type"\s*:\s*"(?:[^"\\]|\\.)*"/su.exec(message);
  return found ? place(message, found.index + found[0].length) : "";
}

function place(message: string, end: number): string {
  const lines = message.slice(0, end).split("\n");
  return ` at line ${lines.length} column ${lines.at(-1)?.length ?? 0}`;
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** Deepgram's complaint about a message. */
export function unreadable(why: string): string {
  return `Could not deserialize last text message: ${why}`;
}

function misunderstood(why: string): Misunderstood {
  return { type: "misunderstood", description: unreadable(why) };
}

function impossible(description: string): Misunderstood {
  return { type: "impossible", description };
}
