/** `/transcription`: audio that clients send, and sessions of it. */
import { VerbatimError } from "../../error.ts";
import { type Call, callOf } from "../call.ts";
import { Hold } from "../hold.ts";
import { done } from "./answers.ts";
import { now } from "./events.ts";
import { type Body, optionalField, readBody, refuseUnknown, requiredField } from "./json-body.ts";
import { modelFor, shownModel, spoken } from "./model.ts";
import { audioInput, decodeBase64, readDeclared } from "./sessions/audio-input.ts";
import type { ClientSession } from "./sessions/client-session.ts";
import { openSession } from "./sessions/open.ts";
import { transcribeRecording } from "./sessions/recording.ts";
import type { Said } from "./sessions/said.ts";
import type { Manner } from "./system-routes.ts";
import type { World } from "./world.ts";

/** Bytes of a body with audio: in base64, 25 minutes of 16-bit samples, many hours of MP3. */
const LARGEST_BODY = 64 << 20;
/** Characters of a session's name. */
const LONGEST_ID = 200;
const MOST_BEAMS = 8;

/** `POST /transcription/configure`: for this client's sessions and recordings to come. */
export async function configure(request: Request, { services, sessions }: World, manner: Manner): Promise<object> {
  const call = callOf(request);
  const body = await readBody(request, services);
  const engine = requiredField(body, "engine_type", "string");
  const name = requiredField(body, "model_name", "string");
  const language = optionalField(body, "language", "string");
  const beams = optionalField(body, "beam_size", "integer");
  const options = optionalField(body, "options", "object") ?? {};
  if (manner === "page") refuseUnknown(body, ["engine_type", "model_name", "language", "beam_size", "options"]);
  const model = await modelFor(name, services.settings);
  const { warning } = spoken(language, model, services.settings);
  const beamSize = beams === undefined ? undefined : Math.min(MOST_BEAMS, Math.max(1, beams));
  sessions.configure(call.client, {
    engine,
    model: name,
    ...(language === undefined ? {} : { language }),
    ...(beamSize === undefined ? {} : { beamSize }),
  });
  const warnings = [
    ...(warning === undefined ? [] : [warning]),
    ...(beamSize === beams ? [] : [`beam_size is ${beamSize} here, not ${beams}.`]),
    ...Object.keys(options).map((option) => `options.${option.slice(0, 100)} has no effect here.`),
  ];
  return done("Transcription engine configured successfully", { configured: true, model: shownModel(model) }, warnings);
}

/** `GET /transcription/status` */
export function transcriptionStatus(request: Request, { sessions }: World): object {
  const { client } = callOf(request);
  const configuration = sessions.configuration(client);
  const ids = sessions.ids(client);
  return {
    active: ids.length > 0,
    engine: configuration?.engine ?? "not_configured",
    model: configuration?.model ?? "not_configured",
    language: configuration?.language ?? null,
    sessions: ids,
  };
}

/** `POST /transcription/sessions`, the original's `/session/start`. */
export async function startSession(request: Request, world: World, manner: Manner): Promise<object> {
  const call = callOf(request);
  const body = await readBody(request, world.services, manner === "page" ? { nothing: {} } : {});
  const id = sessionId(body);
  const language = optionalField(body, "language", "string");
  const model = optionalField(body, "model", "string");
  const source = sourceOf(optionalField(body, "source", "string"));
  if (manner === "page") refuseUnknown(body, ["session_id", "language", "model", "source"]);
  const known = id === undefined ? undefined : world.sessions.find(call.client, id);
  if (known && manner === "original") return done("Transcription session started", { session_id: known.id });
  const opened = await openSession(world, call.client, {
    ...(id === undefined ? {} : { id }),
    ...(language === undefined ? {} : { language }),
    ...(model === undefined ? {} : { model }),
    source,
    isPiecewise: manner === "original",
  });
  const { session } = opened;
  try {
    world.sessions.add(call.client, session);
  } catch (thrown) {
    void session.stop();
    throw thrown;
  }
  return done(
    "Transcription session started",
    { session_id: session.id, source, model: opened.model },
    opened.warnings,
  );
}

/** `DELETE /transcription/sessions/{id}` */
export async function stopSession(request: Request, world: World, id: string): Promise<object> {
  const session = world.sessions.take(callOf(request).client, id);
  if (!session) throw noSession(id);
  const { said, duration } = await session.stop();
  return done("Transcription session stopped", { stopped: true, session_id: id, ...said, duration });
}

/** `POST /transcription/session/stop`, of the original: an unknown session is none to complain of, and the text is told once more. */
export async function stopNamedSession(request: Request, world: World): Promise<object> {
  const call = callOf(request);
  const body = await readBody(request, world.services);
  const id = sessionId(body);
  if (!id) throw new VerbatimError("bad-request", "Session ID is required", { parameter: "session_id" });
  const session = world.sessions.take(call.client, id);
  if (!session) return done("Transcription session stopped", { stopped: true });
  const { said, duration } = await session.stop();
  tell(world, call, id, said, true);
  return done("Transcription session stopped", { stopped: true, session_id: id, ...said, duration });
}

/** `POST /transcription/transcribe`, the original's `/audio`: a recording, or the next piece of a session. */
export async function transcribe(request: Request, world: World, manner: Manner): Promise<object> {
  const call = callOf(request);
  const { engines, settings, spool } = world.services;
  engines.admit(call.client, 0).release();
  using hold = new Hold(spool);
  const body = await readBody(request, world.services, { total: Math.min(LARGEST_BODY, settings.maxUpload), hold });
  const audio = requiredField(body, "audio_data", "string");
  const id = sessionId(body);
  const isFinal = optionalField(body, "is_final", "boolean") ?? false;
  const language = optionalField(body, "language", "string");
  const declared = readDeclared(body);
  if (manner === "page") refuseUnknown(body, FIELDS);
  const bytes = decodeBase64(audio);
  if (bytes.length === 0 && manner === "page")
    throw new VerbatimError("bad-audio", "Invalid audio data: there is none.", { parameter: "audio_data" });
  const session = id === undefined ? undefined : await sessionFor(world, call, id, manner);
  const input =
    session?.isEncoded === true ? { bytes } : await audioInput(bytes, declared, { isExact: manner === "page" });
  if (session) return await pushed(world, call, session, { isFinal, push: () => session.push(input) });
  if (bytes.length === 0) return done(RECEIVED, { received: true, text: "", is_final: isFinal });
  const { said, duration, model, warnings } = await transcribeRecording(world, call, call.client, input, language);
  const told = id ?? crypto.randomUUID();
  const settled = manner === "page" || isFinal;
  tell(world, call, told, said, settled);
  for (const message of warnings)
    world.audience.tell(
      { event: "warning", code: "audio", message, timestamp: now(), session_id: told },
      { owner: call.client },
    );
  const data = { received: true, ...said, is_final: settled, session_id: told, duration, model };
  return done(manner === "page" ? "Audio transcribed" : RECEIVED, data, warnings);
}

const RECEIVED = "Audio received for transcription";
const FIELDS = ["audio_data", "session_id", "is_final", "language", "format", "encoding", "sample_rate", "channels"];

/** A piece of a session: told as it comes, or by itself where its session is the original's. */
async function pushed(
  world: World,
  call: Call,
  session: ClientSession,
  { isFinal, push }: { isFinal: boolean; push(): void },
): Promise<object> {
  push();
  const said = session.isPiecewise || isFinal ? await session.flush() : session.said;
  if (session.isPiecewise) tell(world, call, session.id, said, isFinal);
  return done(RECEIVED, { received: true, ...said, is_final: isFinal, session_id: session.id });
}

/** A session that does not exist is begun in the original's manner only. */
async function sessionFor(world: World, call: Call, id: string, manner: Manner): Promise<ClientSession> {
  const known = world.sessions.find(call.client, id);
  if (known) return known;
  if (manner === "page") throw noSession(id);
  const { session } = await openSession(world, call.client, { id, isPiecewise: true });
  // Another piece may have begun it in the meantime.
  const other = world.sessions.find(call.client, id);
  if (other) {
    void session.stop();
    return other;
  }
  world.sessions.add(call.client, session);
  return session;
}

function tell({ audience }: World, { client }: Call, id: string, said: Said, isFinal: boolean): void {
  const { text, confidence, language } = said;
  const fields = { text, is_final: isFinal, confidence, timestamp: now(), language, session_id: id };
  audience.tell({ event: "transcription", ...fields }, { owner: client });
}

function sessionId(body: Body): string | undefined {
  // An empty name is none.
  const id = optionalField(body, "session_id", "string") || undefined;
  if (id === undefined || id.length <= LONGEST_ID) return id;
  throw new VerbatimError("bad-parameter", `session_id has more than ${LONGEST_ID} characters.`, {
    parameter: "session_id",
  });
}

function sourceOf(name = "client"): "client" | "microphone" {
  if (name === "microphone") return name;
  if (name === "client" || name === "audio") return "client";
  throw new VerbatimError("bad-parameter", "source must be client or microphone.", { parameter: "source" });
}

function noSession(id: string): VerbatimError {
  return new VerbatimError("not-found", `Session not found: ${id.slice(0, LONGEST_ID)}`);
}
