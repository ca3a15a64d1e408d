/** `/v1/listen` as a WebSocket: a handshake is read, checked, and answered with a conversation. */
import type { SessionOptions } from "../../../recognizer/live/events.ts";
import type { Call } from "../../call.ts";
import type { Services } from "../../dialect.ts";
import { PcmLine } from "../../pcm-line.ts";
import type { Conversation, Handshake, SocketDoor } from "../../socket.ts";
import { errorReply } from "../errors.ts";
import { formatOptions, isDiarized, isPunctuated, termsOf } from "../formatting.ts";
import { LightningProtocol } from "../lightning/protocol.ts";
import { Undecided } from "../lightning/undecided.ts";
import { languageFor, modelFor, modelInfo, modelUuid } from "../model.ts";
import { declaredEncoding } from "../parameters.ts";
import { requestIdOf } from "../request-id.ts";
import { handshakeReply } from "../sockets/handshake.ts";
import { rawEncoding } from "../sockets/inlet.ts";
import { warningsOf } from "../warnings.ts";
import { LiveConversation, type LiveRequest } from "./conversation.ts";
import { type LiveValues, readLiveQuery } from "./parameters.ts";

/** Silence that makes a result final where the client wants no `speech_final` from silence (milliseconds). */
const PAUSE = 500;
/** Seconds: without a pause a result becomes final after so much speech. */
const LONGEST_RESULT = 10;
/** Milliseconds between two looks at what silence brings. */
const HEARD_EVERY = 100;

/** The paths of streams. */
export function listenDoor(services: Services): SocketDoor {
  return {
    paths: ["/v1/listen"],
    async accept(request: Request, call: Call): Promise<Handshake> {
      const { search, searchParams } = new URL(request.url);
      // Deepgram's clients always name something.
      if (search === "") return await lightningHandshake(request, services, call);
      const values = readLiveQuery(searchParams);
      const stream = await openStream(request, values, services, call);
      // A client hears at the door that there is no room.
      services.engines.admit(call.client, 0).release();
      const { model } = stream.session;
      const usual = { language: values.language, rate: stream.declared?.rate };
      const lightning = () => lightningLine(request, services, call, model, usual);
      const conversation = new Undecided(new LiveConversation(services, call, stream), lightning);
      return { ...handshakeReply(request), conversation };
    },
    refuse: errorReply,
  };
}

async function lightningHandshake(request: Request, services: Services, call: Call): Promise<Handshake> {
  const model = await modelFor(undefined, services.settings);
  services.engines.admit(call.client, 0).release();
  return { ...handshakeReply(request), conversation: lightningLine(request, services, call, model) };
}

function lightningLine(
  request: Request,
  services: Services,
  call: Call,
  model: SessionOptions["model"],
  usual: { language?: string | undefined; rate?: number | undefined } = {},
): Conversation {
  const open = (line: PcmLine) => new LightningProtocol(line, requestIdOf(request), usual);
  return new PcmLine(services, call, { dialect: "deepgram", model, open });
}

async function openStream(request: Request, values: LiveValues, services: Services, call: Call): Promise<LiveRequest> {
  const { settings } = services;
  const model = await modelFor(values.model, settings);
  const language = languageFor(values.language, model, settings.language);
  const declared = declaredEncoding(values);
  const isMulti = language === "multi";
  const requestId = requestIdOf(request);
  return {
    declared,
    session: {
      ...sessionOptions(values, rawEncoding(declared)),
      ...spoken(language),
      model,
      client: call.client,
      session: requestId,
    },
    timeline: {
      interim: values.interim_results,
      endpointing: values.endpointing !== false,
      vadEvents: values.vad_events,
      ...(values.utterance_end_ms === undefined ? {} : { utteranceEnd: values.utterance_end_ms / 1000 }),
    },
    formatting: { ...formatOptions(values, { live: true }), language: isMulti ? "en" : (language ?? "en") },
    facts: {
      requestId,
      created: new Date(),
      model: { ...modelInfo(model), uuid: modelUuid(model.id) },
      shape: {
        punctuated: isPunctuated(values),
        languages: isMulti,
        ...(isDiarized(values) ? { speakers: "live" } : {}),
      },
      search: values.search,
      extra: values.extra,
      tags: values.tag,
      warnings: warningsOf(values, model, settings.strictParameters),
    },
  };
}

function sessionOptions(
  values: LiveValues,
  raw: SessionOptions["raw"],
): Omit<SessionOptions, "model" | "client" | "session" | "language" | "detect"> {
  const { endpointing, interim_results, multichannel, channels } = values;
  return {
    task: "transcribe",
    keyterms: termsOf(values),
    ...(raw ? { raw } : {}),
    channels: multichannel ? (raw ? (channels ?? 1) : "all") : 1,
    endpointing: endpointing === false ? PAUSE : endpointing,
    maxUtterance: LONGEST_RESULT,
    heardEvery: HEARD_EVERY,
    ...(interim_results ? {} : { interim: false }),
  };
}

/** How a session finds out its language. */
function spoken(language: string | undefined): Pick<SessionOptions, "language" | "detect"> {
  if (language === "multi") return { detect: "utterance" };
  return language === undefined ? {} : { language };
}
