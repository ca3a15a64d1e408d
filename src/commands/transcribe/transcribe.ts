/** `verbatim transcribe` */
import { availableParallelism } from "node:os";
import { toVerbatimError, VerbatimError } from "../../error.ts";
import { openMetrics } from "../../metrics/metrics.ts";
import { ensureModel } from "../../models/ensure.ts";
import type { Recognizer, TranscribeOptions } from "../../recognizer/recognizer.ts";
import { parseLanguage } from "../../text/languages.ts";
import type { Transcript } from "../../text/transcript.ts";
import { type Command, type Context, EXIT } from "../command.ts";
import { modelProgress } from "../progress.ts";
import { quietLog } from "../quiet-log.ts";
import { openRecognition } from "../recognition.ts";
import { type Format, parseFormats } from "./formats.ts";
import { findInputs, openInput, STDIN } from "./inputs.ts";
import { areWritten, planOutputs, prepareFolder, writeWhole } from "./outputs.ts";
import { Report } from "./report.ts";

export const transcribe: Command = {
  name: "transcribe",
  summary: "Write down what is said in files.",
  usage: ["FILE… [OPTIONS]"],
  description:
    'Takes recordings in any format, patterns such as "calls/**/*.mp3", and - for standard input. Without --output-dir the text\n' +
    "goes to standard output. Exit codes: 0 when every file was transcribed, 1 when some were not, 2 for a wrong command line.",
  options: [
    {
      name: "format",
      short: "f",
      value: "FORMAT",
      repeated: true,
      meaning: "text, json, srt, vtt or tsv; several with commas, into a folder. Default text.",
    },
    {
      name: "output-dir",
      short: "o",
      value: "FOLDER",
      meaning: "Write files there, named after the recordings; - is standard output.",
    },
    { name: "skip-existing", meaning: "Leave out recordings whose files are there already." },
    { name: "words", short: "w", meaning: "Give each word its times and its confidence, in JSON." },
    { name: "translate", meaning: "Write English, whatever language is spoken; needs a multilingual model." },
    {
      name: "channels",
      value: "mono|separate",
      meaning: "Mix the channels, or transcribe each by itself. Default mono.",
    },
    { name: "quiet", short: "q", meaning: "Show no progress." },
  ],
  sections: ["models", "recognition", "vad", "decode", "engine", "downloads", "folders"],
  async run(context) {
    const { settings, terminal, signal } = context;
    const log = quietLog(context);
    const plan = readPlan(context);
    const progress = modelProgress(terminal);
    const model = await ensureModel(settings.model, settings, { log, signal, progress }).finally(() => progress.end());
    const todo = plan.inputs.filter((input) => !plan.skipsExisting || !areWritten(plan.outputs?.get(input) ?? []));
    if (todo.length < plan.inputs.length && !plan.isQuiet)
      terminal.err(`${plan.inputs.length - todo.length} of ${plan.inputs.length} files are there already.\n`);
    if (todo.length === 0) return EXIT.ok;

    await using running = new AsyncDisposableStack();
    const recognition = await openRecognition(settings, log, openMetrics(), { model, signal });
    running.defer(() => recognition.close());
    const report = plan.isQuiet ? undefined : new Report(terminal, todo.length);
    const failures = await transcribeAll(todo, { ...plan, model }, recognition.recognizer, context, report);
    const summary = report?.summary();
    signal.throwIfAborted();
    if (summary !== undefined && failures < todo.length) terminal.err(`${summary}\n`);
    return failures > 0 ? EXIT.failed : EXIT.ok;
  },
};

interface Plan {
  inputs: string[];
  formats: Format[];
  /** Paths for each input; absent: standard output. */
  outputs?: Map<string, string[]>;
  skipsExisting: boolean;
  isQuiet: boolean;
  words: boolean;
  options: Omit<TranscribeOptions, "model">;
}

/** Everything that the command line says, checked before any work is done. */
function readPlan({ args, options, settings }: Context): Plan {
  if (args.length === 0) throw wrong("Name at least one recording; - is standard input.");
  const inputs = findInputs(args);
  const formats = parseFormats(options.has("format") ? options.values("format") : ["text"]);
  const folder = options.value("output-dir") ?? STDIN;
  const skipsExisting = options.has("skip-existing");
  const isStream = folder === STDIN;
  if (isStream && formats.length > 1) throw wrong("Several formats need a folder: add --output-dir FOLDER.");
  if (isStream && inputs.length > 1 && !formats[0]?.joins)
    throw wrong("Subtitles and tables of several recordings need a folder: add --output-dir FOLDER.");
  if (isStream && skipsExisting) throw wrong("--skip-existing needs --output-dir FOLDER.");
  const outputs = isStream ? undefined : planOutputs(inputs, formats, folder);
  if (!isStream) prepareFolder(folder);
  const channels = options.value("channels") ?? "mono";
  if (channels !== "mono" && channels !== "separate") throw wrong("--channels is mono or separate.");
  const language = parseLanguage(settings.language);
  if (language === undefined) throw wrong(`"${settings.language}" is no language that Whisper knows.`);
  const words = options.has("words");
  return {
    inputs,
    formats,
    ...(outputs === undefined ? {} : { outputs }),
    skipsExisting,
    isQuiet: options.has("quiet"),
    words,
    options: {
      task: options.has("translate") ? "translate" : "transcribe",
      words: words || formats.some(({ needs }) => needs === "words"),
      segments: formats.some(({ needs }) => needs !== "text"),
      channels,
      client: "command line",
      ...(language === "auto" ? {} : { language }),
    },
  };
}

type Transcribed = { transcript: Transcript } | { error: VerbatimError };

/** All files, some at a time; what is said of them comes in their order. Answers with the number of failures. */
async function transcribeAll(
  inputs: readonly string[],
  plan: Plan & Pick<TranscribeOptions, "model">,
  recognizer: Recognizer,
  { terminal, signal }: Context,
  report: Report | undefined,
): Promise<number> {
  const results = new Map<string, Promise<Transcribed>>();
  const atOnce = availableParallelism() + 1;
  const begin = (input: string | undefined) => {
    if (input !== undefined) results.set(input, transcribeOne(input, plan, recognizer, signal, report));
  };
  // Short files keep the engine busy together; a result waits for those before it, but holds nothing besides its text.
  inputs.slice(0, atOnce).forEach(begin);
  let failures = 0;
  for (const [i, input] of inputs.entries()) {
    const result = await (results.get(input) as Promise<Transcribed>);
    results.delete(input);
    begin(inputs[i + atOnce]);
    if (signal.aborted) continue;
    try {
      if ("error" in result) throw result.error;
      write(input, result.transcript, plan, inputs.length, terminal);
    } catch (thrown) {
      failures++;
      terminal.err(`verbatim: ${input}: ${toVerbatimError(thrown).message}\n`);
    }
  }
  return failures;
}

async function transcribeOne(
  input: string,
  { model, options }: Plan & Pick<TranscribeOptions, "model">,
  recognizer: Recognizer,
  signal: AbortSignal,
  report: Report | undefined,
): Promise<Transcribed> {
  try {
    for await (const event of recognizer.transcribe(await openInput(input), { ...options, model }, signal)) {
      if (event.type === "progress") report?.progress(input, event.done, event.duration);
      if (event.type !== "transcript") continue;
      report?.ended(input, event.transcript.duration);
      return { transcript: event.transcript };
    }
    throw new VerbatimError("internal", "The recognizer ended without a transcript.");
  } catch (thrown) {
    report?.ended(input, 0);
    return { error: toVerbatimError(thrown) };
  }
}

function write(
  input: string,
  transcript: Transcript,
  { formats, outputs, words }: Plan,
  files: number,
  terminal: Context["terminal"],
): void {
  for (const [i, format] of formats.entries()) {
    const text = format.write(transcript, { file: input, words });
    const path = outputs?.get(input)?.[i];
    if (path !== undefined) writeWhole(path, text);
    // As `head` does it for several files.
    else terminal.out(files > 1 && format.needs === "text" ? `==> ${input} <==\n${text}\n` : text);
  }
}

function wrong(message: string): VerbatimError {
  return new VerbatimError("bad-parameter", message);
}
