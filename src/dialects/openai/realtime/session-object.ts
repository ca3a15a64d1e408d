/** A session as its events and the REST routes show it: whole, with every effective value. */
import type { Configuration, Transcription } from "./configuration.ts";

/** `beta`: the flat one that came before 2025-08, with events of its own. */
export type Shape = "ga" | "beta";

export interface SessionFacts {
  id: string;
  /** Seconds since 1970; 0 before there is a session. */
  expiresAt: number;
  /** What the address named, if anything. */
  model: string | undefined;
}

/** The object in `session.created`, `session.updated` and their beta counterparts. */
export function sessionObject(configuration: Configuration, shape: Shape, facts: SessionFacts): object {
  return shape === "beta" ? betaObject(configuration, facts) : gaObject(configuration, facts);
}

function gaObject(configuration: Configuration, { id, expiresAt, model }: SessionFacts): object {
  const { type, format, transcription, noiseReduction, turnDetection, include } = configuration;
  const input = { format, transcription, noise_reduction: noiseReduction, turn_detection: turnDetection };
  if (type === "transcription")
    return { type, object: "realtime.transcription_session", id, expires_at: expiresAt, audio: { input }, include };
  // A conversation in which only the client speaks.
  return {
    type,
    object: "realtime.session",
    id,
    model: model ?? transcription?.model ?? "whisper-1",
    output_modalities: ["text"],
    instructions: "",
    tools: [],
    tool_choice: "auto",
    max_output_tokens: "inf",
    tracing: null,
    truncation: "auto",
    prompt: null,
    expires_at: expiresAt,
    audio: { input },
    include,
  };
}

function betaObject(configuration: Configuration, { id, expiresAt }: SessionFacts): object {
  return {
    id,
    object: "realtime.transcription_session",
    expires_at: expiresAt,
    client_secret: null,
    include: configuration.include,
    ...betaFields(configuration),
  };
}

/** What a session is set to, in the beta's words. */
export function betaFields({ format, transcription, noiseReduction, turnDetection }: Configuration): object {
  return {
    input_audio_format: { "audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw" }[format.type],
    input_audio_noise_reduction: noiseReduction,
    input_audio_transcription: betaTranscription(transcription),
    turn_detection: betaTurnDetection(turnDetection),
  };
}

function betaTranscription(transcription: Transcription | null): object | null {
  return transcription && { ...transcription, prompt: transcription.prompt ?? "" };
}

function betaTurnDetection(turnDetection: Configuration["turnDetection"]): object | null {
  if (turnDetection?.type !== "server_vad") return turnDetection;
  const { idle_timeout_ms: _, ...fields } = turnDetection;
  return fields;
}
