/** `POST /transcribe`: a recording in, its text and, if wanted, its times out. */
import { toVerbatimError, VerbatimError } from "../../error.ts";
import { resolveModel } from "../../models/resolve.ts";
import type { TranscribeOptions } from "../../recognizer/recognizer.ts";
import { channelText } from "../../text/plain.ts";
import type { Transcript } from "../../text/transcript.ts";
import { type Call, callOf } from "../call.ts";
import type { Services } from "../dialect.ts";
import { boundaryOf } from "../multipart.ts";
import { timestampsOf } from "../parakeet-times.ts";
import { languageOrHeard } from "../pcm-door.ts";
import { readUpload, uploadLimits } from "../upload.ts";
import { missingFile, type ParakeetRequest, readFields } from "./fields.ts";

/** Answers with the text. */
export async function answerTranscription(request: Request, services: Services): Promise<Response> {
  const call = callOf(request);
  const { engines, settings, spool } = services;
  // A client hears that there is no room before it uploads.
  engines.admit(call.client, 0).release();
  const { headers, body } = request;
  if (boundaryOf(headers.get("content-type")) === undefined) throw missingFile();
  const limits = uploadLimits(settings);
  await using upload = await readUpload({ headers, body, signal: call.signal }, limits, spool);
  const asked = readFields(upload);
  const transcript = await transcribe(asked, services, call);
  const [channel] = transcript.channels;
  return Response.json({
    text: channel ? channelText(channel) : "",
    timestamps: asked.timestamps ? timestampsOf(transcript) : null,
  });
}

async function transcribe(asked: ParakeetRequest, services: Services, call: Call): Promise<Transcript> {
  const { recognizer, metrics, settings } = services;
  const model = await resolveModel(undefined, settings, "request");
  const language = languageOrHeard(asked.language ?? settings.language, model);
  const options: TranscribeOptions = {
    model,
    task: "transcribe",
    words: asked.timestamps,
    segments: asked.timestamps,
    channels: "mono",
    client: call.client,
    ...(language === undefined ? {} : { language }),
  };
  const longest = asked.chunked ? Number.POSITIVE_INFINITY : settings.parakeet.unchunkedLimit;
  let outcome = "cancelled";
  call.facts.model = model.id;
  try {
    for await (const event of recognizer.transcribe(asked.file.source, options, call.signal)) {
      if (event.type === "progress") {
        call.progress = event;
        refuseLonger(Math.max(event.done, event.duration ?? 0), longest);
      }
      if (event.type !== "transcript") continue;
      const { transcript, statistics } = event;
      refuseLonger(transcript.duration, longest);
      Object.assign(call.facts, { audio: rounded(transcript.duration), speech: rounded(statistics.speech) });
      metrics.audioSeconds.add({ dialect: "parakeet", model: model.id }, transcript.duration);
      outcome = "ok";
      return transcript;
    }
  } catch (thrown) {
    outcome = toVerbatimError(thrown).code;
    throw thrown;
  } finally {
    metrics.transcriptions.add({ dialect: "parakeet", outcome });
  }
  throw new Error("the recognizer ended without a transcript");
}

function refuseLonger(seconds: number, longest: number): void {
  if (seconds <= longest) return;
  const message = `With should_chunk=false a recording may last ${longest} s at most: send should_chunk=true, which has no limit.`;
  throw new VerbatimError("too-large", message, { parameter: "should_chunk" });
}

/** Seconds as a log shows them. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
