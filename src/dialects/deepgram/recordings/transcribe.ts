/** A recording → the body of Deepgram's answer; the same for a request that waits and for a job that is done later. */
import type { Settings } from "../../../config/table.ts";
import { toVerbatimError } from "../../../error.ts";
import { requireLanguage } from "../../../models/language.ts";
import type { InstalledModel } from "../../../models/model.ts";
import type { TranscribeOptions } from "../../../recognizer/recognizer.ts";
import type { Transcript } from "../../../text/transcript.ts";
import type { Call } from "../../call.ts";
import type { Services } from "../../dialect.ts";
import { activityOf } from "../activity.ts";
import { termsOf } from "../formatting.ts";
import { languageFor, modelFor, modelInfo, modelUuid } from "../model.ts";
import { type DeclaredEncoding, declaredEncoding } from "../parameters.ts";
import { type Warning, warningsOf } from "../warnings.ts";
import { type Recording, rawEncodingOf } from "./media.ts";
import { type RecordingValues, readRecordingQuery } from "./parameters.ts";
import { recordingReply } from "./reply.ts";

/** A request that was read, and found to be one that can be answered. */
export interface Order {
  asked: RecordingValues;
  model: InstalledModel;
  options: Omit<TranscribeOptions, "client" | "raw">;
  declared: DeclaredEncoding | undefined;
  warnings: Warning[];
  /** It names nothing that only Deepgram's clients name. */
  plain: boolean;
}

/** Whose order it is, and what its answer will say of it. */
export interface OrderFacts {
  requestId: string;
  created: Date;
  client: string;
  signal: AbortSignal;
  /** For the log. */
  facts: Record<string, unknown>;
  /** Told how far it is. */
  progressed?(progress: Call["progress"]): void;
}

/** Reads a query. Throws what its sender did wrong, before a byte of the recording is looked at. */
export async function readOrder(search: URLSearchParams, settings: Settings): Promise<Order> {
  const asked = readRecordingQuery(search);
  const declared = declaredEncoding(asked);
  const keyterms = termsOf(asked);
  const model = await modelFor(asked.model, settings);
  const { wanted, languages } = asked.detect_language;
  if (!languages.includes("en")) requireLanguage(model, languages[0]);
  const language = wanted ? undefined : languageFor(asked.language, model, settings.language);
  return {
    asked,
    model,
    declared,
    warnings: warningsOf(asked, model, settings.strictParameters),
    plain: [...search.keys()].every((name) => name === "language"),
    options: {
      model,
      task: "transcribe",
      words: true,
      segments: false,
      channels: asked.multichannel ? "separate" : "mono",
      ...(language === undefined ? {} : language === "multi" ? { mixedLanguages: true } : { language }),
      ...(languages.length > 0 ? { languages } : {}),
      ...(keyterms.length > 0 ? { keyterms } : {}),
    },
  };
}

/** Transcribes a recording. The outcome is counted, however it ends. */
export async function transcribeRecording(
  services: Services,
  order: Order,
  { source, sha256 }: Pick<Recording, "source" | "sha256">,
  about: OrderFacts,
): Promise<string> {
  const { requestId, created, client } = about;
  const { asked, model, options, declared, warnings, plain } = order;
  const { metrics } = services;
  const activity = activityOf(services);
  let outcome = "ok";
  activity.recordings++;
  about.facts.model = model.id;
  try {
    const raw = await rawEncodingOf(source, declared);
    const transcript = await transcriptOf(
      services,
      source,
      { ...options, client, session: requestId, ...(raw ? { raw } : {}) },
      about,
    );
    metrics.audioSeconds.add({ dialect: "deepgram", model: model.id }, transcript.duration);
    return await recordingReply(transcript, asked, {
      requestId,
      created,
      sha256,
      model: { uuid: modelUuid(model.id), info: modelInfo(model) },
      warnings,
      plain,
    });
  } catch (thrown) {
    outcome = toVerbatimError(thrown).code;
    throw thrown;
  } finally {
    activity.recordings--;
    metrics.transcriptions.add({ dialect: "deepgram", outcome });
  }
}

async function transcriptOf(
  { recognizer }: Services,
  source: Recording["source"],
  options: TranscribeOptions,
  { signal, facts, progressed }: Pick<OrderFacts, "signal" | "facts" | "progressed">,
): Promise<Transcript> {
  for await (const event of recognizer.transcribe(source, options, signal)) {
    if (event.type === "progress") progressed?.(event);
    if (event.type !== "transcript") continue;
    const { transcript, statistics } = event;
    Object.assign(facts, { audio: rounded(transcript.duration), speech: rounded(statistics.speech) });
    return transcript;
  }
  throw new Error("the recognizer ended without a transcript");
}

/** Seconds as a log shows them. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
