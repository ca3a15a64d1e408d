/** What a Realtime client says: https://platform.openai.com/docs/api-reference/realtime-client-events */
import { VerbatimError } from "../../../error.ts";
import { invalid, oneOf } from "../values.ts";

export type ClientEvent =
  | { type: "update"; session: unknown; isBeta: boolean }
  | { type: "append"; audio: Uint8Array }
  | { type: "commit" }
  | { type: "clear" }
  /** Part of a conversation, of which this server only does the listening. */
  | { type: "ignored" };

const TYPES = [
  "session.update",
  "transcription_session.update",
  "input_audio_buffer.append",
  "input_audio_buffer.commit",
  "input_audio_buffer.clear",
] as const;

const CONVERSATION = /^(response|conversation\.item|output_audio_buffer)\./;

/** Bytes of audio in one event. */
const MOST_AUDIO = 15 << 20;

/** A message as JSON; throws for what is none. */
export function parseMessage(message: string): Record<string, unknown> {
  let event: unknown;
  try {
    event = JSON.parse(message);
  } catch (cause) {
    throw new VerbatimError("bad-request", "The message is not valid JSON.", { reason: "json", cause });
  }
  if (typeof event === "object" && event !== null && !Array.isArray(event)) return event as Record<string, unknown>;
  throw new VerbatimError("bad-request", "The message is not a JSON object.", { reason: "json" });
}

/** What an event asks for; throws what OpenAI would complain about. */
export function readEvent(event: Record<string, unknown>): ClientEvent {
  const { type } = event;
  if (type === undefined || type === null)
    throw new VerbatimError("bad-request", "The 'type' field is missing.", { parameter: "type", reason: "event" });
  if (typeof type === "string" && CONVERSATION.test(type)) return { type: "ignored" };
  switch (oneOf("type", type, TYPES)) {
    case "session.update":
      return { type: "update", session: sessionOf(event), isBeta: false };
    case "transcription_session.update":
      return { type: "update", session: sessionOf(event), isBeta: true };
    case "input_audio_buffer.append":
      return { type: "append", audio: audioOf(event) };
    case "input_audio_buffer.commit":
      return { type: "commit" };
    case "input_audio_buffer.clear":
      return { type: "clear" };
  }
}

function sessionOf({ session }: Record<string, unknown>): unknown {
  if (session === undefined) throw missing("session");
  return session;
}

function audioOf({ audio }: Record<string, unknown>): Uint8Array {
  if (audio === undefined) throw missing("audio");
  if (typeof audio !== "string") throw invalid("audio", audio, "Expected a base64-encoded string.");
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.fromBase64(audio);
  } catch {
    throw invalid("audio", audio.slice(0, 40), "Expected base64-encoded audio bytes.");
  }
  if (bytes.length <= MOST_AUDIO) return bytes;
  const message = `Invalid 'audio': at most ${MOST_AUDIO} bytes may be appended at once, and these are ${bytes.length}.`;
  throw new VerbatimError("bad-parameter", message, { parameter: "audio" });
}

function missing(parameter: string): VerbatimError {
  return new VerbatimError("bad-parameter", `Missing required parameter: '${parameter}'.`, {
    parameter,
    reason: "missing",
  });
}
