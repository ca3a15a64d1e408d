/** One transcription or translation, from the upload to the reply. */
import { toVerbatimError, VerbatimError } from "../../error.ts";
import { requireLanguage } from "../../models/language.ts";
import type { InstalledModel } from "../../models/model.ts";
import type { TranscribeEvent, TranscribeOptions } from "../../recognizer/recognizer.ts";
import { parseLanguage } from "../../text/languages.ts";
import type { Transcript } from "../../text/transcript.ts";
import { type Call, callOf, failCall } from "../call.ts";
import type { Services } from "../dialect.ts";
import { readUpload, type Upload, type UploadedFile, uploadLimits } from "../upload.ts";
import { modelFor } from "./model.ts";
import { readSpeechRequest, type SpeechRequest } from "./options.ts";
import { patiently } from "./patience.ts";
import { reply } from "./reply.ts";
import { SSE_TYPE, streamed } from "./stream.ts";

/** The API's own rule. */
const SHORTEST_SECONDS = 0.1;

/** Answers `POST /audio/transcriptions` and `/audio/translations`. */
export async function answerSpeech(
  task: SpeechRequest["task"],
  request: Request,
  services: Services,
): Promise<Response> {
  const call = callOf(request);
  // A client hears that there is no room before it uploads.
  services.engines.admit(call.client, 0).release();
  await using resources = new AsyncDisposableStack();
  const { headers, body } = request;
  const limits = uploadLimits(services.settings);
  const upload = resources.use(await readUpload({ headers, body, signal: call.signal }, limits, services.spool));
  const asked = readSpeechRequest(task, upload.fields);
  if (services.settings.strictParameters) refuseIgnored(asked);
  const { source } = fileOf(upload);
  const model = await modelFor(asked.model, services.settings);
  const options = toOptions(asked, model, call.client, services.settings.language);
  requireLanguage(model, options.language);
  const events = recognise(services, call, source, options, resources.move());
  const about = replyHeaders(asked, model);
  if (asked.stream) {
    const { body: stream, finished } = await streamed(events, asked, (thrown) => failCall(request, thrown));
    call.streaming = finished;
    return new Response(stream, {
      headers: { ...about, "content-type": SSE_TYPE, "cache-control": "no-store", "x-accel-buffering": "no" },
    });
  }
  const whole = transcriptOf(events).then((transcript) => reply(transcript, asked));
  if (asked.format === "json" || asked.format === "verbose_json") return patiently(whole, about, call);
  const ready = await whole;
  return new Response(ready.body, { headers: { ...about, "content-type": ready.type } });
}

/** The recognizer's events; however they end, the upload is removed and the outcome counted. */
async function* recognise(
  { recognizer, metrics }: Services,
  call: Call,
  source: UploadedFile["source"],
  options: TranscribeOptions,
  resources: AsyncDisposable,
): AsyncGenerator<TranscribeEvent> {
  await using _ = resources;
  const labels = { dialect: "openai", model: options.model.id };
  // What stands when the reader leaves before the end.
  let outcome = "cancelled";
  call.facts.model = options.model.id;
  try {
    for await (const event of recognizer.transcribe(source, options, call.signal)) {
      if (event.type === "transcript") {
        const { duration } = event.transcript;
        Object.assign(call.facts, { audio: rounded(duration), speech: rounded(event.statistics.speech) });
        metrics.audioSeconds.add(labels, duration);
        if (duration < SHORTEST_SECONDS) throw tooShort();
        outcome = "ok";
      }
      if (event.type === "progress") call.progress = event;
      yield event;
    }
  } catch (thrown) {
    outcome = toVerbatimError(thrown).code;
    throw thrown;
  } finally {
    metrics.transcriptions.add({ dialect: labels.dialect, outcome });
  }
}

async function transcriptOf(events: AsyncIterable<TranscribeEvent>): Promise<Transcript> {
  for await (const event of events) if (event.type === "transcript") return event.transcript;
  throw new Error("the recognizer ended without a transcript");
}

function toOptions(asked: SpeechRequest, model: InstalledModel, client: string, usual: string): TranscribeOptions {
  const { task, languages, prompt, keyterms, temperature, vad } = asked;
  // A request that names languages, or `auto`, wants them to be told apart.
  const language = parseLanguage(asked.language ?? (languages ? "auto" : usual));
  return {
    model,
    task,
    words: asked.words || asked.timestamps === true,
    segments: (asked.format !== "json" && asked.format !== "text") || asked.timestamps === true,
    channels: "mono",
    client,
    ...(language === undefined || language === "auto" ? {} : { language }),
    ...(languages ? { languages } : {}),
    ...(prompt ? { prompt } : {}),
    ...(keyterms ? { keyterms } : {}),
    ...(temperature === undefined ? {} : { temperature }),
    ...(vad ? { vad } : {}),
  };
}

function fileOf({ file, fields }: Upload): UploadedFile {
  if (file?.name === "file") return file;
  if (fields.some(([name]) => name === "file"))
    throw new VerbatimError("bad-parameter", "Invalid value: 'file' must be an uploaded file, not text.", {
      parameter: "file",
    });
  throw new VerbatimError("bad-parameter", "Missing required parameter: 'file'.", {
    parameter: "file",
    reason: "missing",
  });
}

function refuseIgnored({ ignored: [name] }: SpeechRequest): void {
  if (name === undefined) return;
  const parameter = name.slice(0, 100);
  throw new VerbatimError("bad-parameter", `Unknown parameter: '${parameter}'.`, { parameter, reason: "unknown" });
}

/** Seconds as a log shows them. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

function tooShort(): VerbatimError {
  const message = `Audio file is too short. Minimum audio length is ${SHORTEST_SECONDS} seconds.`;
  return new VerbatimError("bad-audio", message, { parameter: "file", reason: "too-short" });
}

/** Which model ran, whatever was asked for, and which fields had no effect. */
function replyHeaders({ ignored }: SpeechRequest, model: InstalledModel): Record<string, string> {
  const names = ignored.filter((name) => /^[\w.[\]-]{1,40}$/.test(name)).slice(0, 20);
  // The path of a user's own model is the server's business.
  const id = model.id.split(/[/\\]/).at(-1) ?? "";
  return {
    "openai-version": "2020-10-01",
    "x-verbatim-model": encodeURI(id),
    ...(names.length > 0 ? { "x-verbatim-ignored": names.join(", ") } : {}),
  };
}
