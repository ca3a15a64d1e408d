/** A whole recording in one request. */
import { toVerbatimError } from "../../../error.ts";
import type { Transcript } from "../../../text/transcript.ts";
import type { Call } from "../../call.ts";
import { confidenceOf } from "../hearing/confidence.ts";
import { modelFor, shownModel, spoken } from "../model.ts";
import type { World } from "../world.ts";
import type { AudioInput } from "./audio-input.ts";
import type { Said } from "./said.ts";
import { rateDoubt } from "./sound-watch.ts";

export interface Recorded {
  said: Said;
  duration: number;
  model: string;
  warnings: string[];
}

/** Transcribes it by the caller's configuration. */
export async function transcribeRecording(
  { services, sessions }: World,
  call: Call,
  owner: string,
  { raw, bytes, warning }: AudioInput,
  language: string | undefined,
): Promise<Recorded> {
  const { settings, recognizer, metrics } = services;
  const configuration = sessions.configuration(owner);
  const model = await modelFor(configuration?.model, settings);
  const { language: code, warning: complaint } = spoken(language ?? configuration?.language, model, settings);
  const labels = { dialect: "realtime-mlx", model: model.id };
  call.facts.model = model.id;
  let outcome = "cancelled";
  try {
    const { beamSize } = configuration ?? {};
    const events = recognizer.transcribe(
      { bytes },
      {
        model,
        task: "transcribe",
        words: true,
        segments: true,
        channels: "mono",
        client: call.client,
        ...(raw ? { raw } : {}),
        ...(code === undefined ? {} : { language: code }),
        ...(beamSize === undefined ? {} : { beamSize }),
      },
      call.signal,
    );
    for await (const event of events) {
      if (event.type !== "transcript") continue;
      const { transcript } = event;
      metrics.audioSeconds.add(labels, transcript.duration);
      call.facts.audio = rounded(transcript.duration);
      outcome = "ok";
      return {
        said: saidIn(transcript),
        duration: rounded(transcript.duration),
        model: shownModel(model),
        warnings: [warning, complaint, raw && rateDoubt(bytes, raw)].filter((one) => one !== undefined),
      };
    }
    throw new Error("the recognizer ended without a transcript");
  } catch (thrown) {
    outcome = toVerbatimError(thrown).code;
    throw thrown;
  } finally {
    metrics.transcriptions.add({ dialect: labels.dialect, outcome });
  }
}

function saidIn({ channels, language }: Transcript): Said {
  const segments = channels.flatMap((channel) => channel.segments);
  return {
    text: segments
      .map(({ text }) => text)
      .join("")
      .trim(),
    confidence: confidenceOf(segments.flatMap(({ words }) => words)),
    language,
    segments: segments.map(({ text, from, to }) => ({ text: text.trim(), start: rounded(from), end: rounded(to) })),
  };
}

const rounded = (seconds: number) => Math.round(seconds * 1000) / 1000;
