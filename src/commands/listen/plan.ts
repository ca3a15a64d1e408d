/** What the command line of `verbatim listen` asks for, checked before any work is done. */
import { statSync } from "node:fs";
import type { CaptureSource } from "../../audio/capture.ts";
import { VerbatimError } from "../../error.ts";
import type { SessionOptions } from "../../recognizer/live/events.ts";
import { parseLanguage } from "../../text/languages.ts";
import type { Context, Option } from "../command.ts";

/** The word that stands for standard input. */
const STDIN = "-";

export const options: readonly Option[] = [
  { name: "device", short: "d", value: "NAME", meaning: "Listen to this device; without, to the system's own choice." },
  { name: "list-devices", meaning: "Show the devices, and end." },
  {
    name: "input",
    short: "i",
    value: "FILE",
    meaning: "Take a recording in place of the microphone; - is standard input, in any format of a recording.",
  },
  { name: "realtime", meaning: "Take the recording at the pace at which it was spoken, as from a microphone." },
  {
    name: "format",
    short: "f",
    value: "text|json",
    meaning: "Lines of text, or every event as one line of JSON. Default text.",
  },
  {
    name: "endpointing",
    value: "MILLISECONDS",
    meaning: "Silence that ends an utterance. Default 300.",
  },
  { name: "translate", meaning: "Write English, whatever language is spoken; needs a multilingual model." },
  { name: "quiet", short: "q", meaning: "Show nothing but what is final." },
];

export interface Plan {
  source: CaptureSource;
  /** For people. */
  sourceName: string;
  /** Its end is the end; a microphone is listened to until somebody stops it. */
  hasEnd: boolean;
  format: "text" | "json";
  isQuiet: boolean;
  session: Omit<SessionOptions, "model">;
}

/** Reads the command line; throws `bad-parameter` for what does not go together. */
export function readPlan({ args, options, settings }: Context): Plan {
  const input = options.value("input");
  const device = options.value("device");
  if (args.length > 0) throw wrong(`A recording is named with --input: --input ${args[0]}.`);
  if (input !== undefined && device !== undefined) throw wrong("--input and --device exclude each other.");
  const realtime = options.has("realtime");
  if (realtime && input === undefined) throw wrong("--realtime needs --input FILE: a microphone has no other pace.");
  const format = options.value("format") ?? "text";
  if (format !== "text" && format !== "json") throw wrong("--format is text or json.");
  const language = parseLanguage(settings.language);
  if (language === undefined) throw wrong(`"${settings.language}" is no language that Whisper knows.`);
  const endpointing = options.value("endpointing");
  if (endpointing !== undefined && !/^\d+$/.test(endpointing))
    throw wrong("--endpointing is a number of milliseconds.");
  return {
    ...sourceOf(input, device, realtime),
    format,
    isQuiet: options.has("quiet"),
    session: {
      task: options.has("translate") ? "translate" : "transcribe",
      client: "command line",
      ...(language === "auto" ? {} : { language }),
      ...(endpointing === undefined ? {} : { endpointing: Number(endpointing) }),
    },
  };
}

function sourceOf(
  input: string | undefined,
  device: string | undefined,
  realtime: boolean,
): Pick<Plan, "source" | "sourceName" | "hasEnd"> {
  if (input === undefined)
    return { source: { device }, sourceName: device === undefined ? "the microphone" : device, hasEnd: false };
  if (input === STDIN)
    return { source: { pipe: Bun.stdin.stream(), realtime }, sourceName: "standard input", hasEnd: true };
  const found = statSync(input, { throwIfNoEntry: false });
  if (found === undefined) throw new VerbatimError("not-found", `There is no file ${input}.`);
  if (found.isDirectory()) throw new VerbatimError("bad-audio", `${input} is a folder; name one recording.`);
  return { source: { file: input, realtime }, sourceName: input, hasEnd: true };
}

function wrong(message: string): VerbatimError {
  return new VerbatimError("bad-parameter", message);
}
