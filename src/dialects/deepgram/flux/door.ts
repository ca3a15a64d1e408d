/** `/v2/listen`: a handshake is read, checked, and answered with a conversation in turns. */
import { requireLanguage } from "../../../models/language.ts";
import type { SessionOptions } from "../../../recognizer/live/events.ts";
import type { Call } from "../../call.ts";
import type { Services } from "../../dialect.ts";
import type { Handshake, SocketDoor } from "../../socket.ts";
import { errorReply } from "../errors.ts";
import { formatOptions, termsOf } from "../formatting.ts";
import { modelFor } from "../model.ts";
import { declaredEncoding } from "../parameters.ts";
import { requestIdOf } from "../request-id.ts";
import { handshakeReply } from "../sockets/handshake.ts";
import { rawEncoding } from "../sockets/inlet.ts";
import { FluxConversation, type FluxRequest } from "./conversation.ts";
import { hintedLanguages } from "./languages.ts";
import { type FluxValues, readFluxQuery } from "./parameters.ts";

/** Milliseconds: turns are told more closely than results, for those who answer them. */
const INTERIM = 250;
const HEARD_EVERY = 80;

/** The paths of streams of turns. */
export function fluxDoor(services: Services): SocketDoor {
  return {
    paths: ["/v2/listen"],
    async accept(request: Request, call: Call): Promise<Handshake> {
      const values = readFluxQuery(new URL(request.url).searchParams);
      const asked = await fluxRequest(request, values, services, call);
      services.engines.admit(call.client, 0).release();
      return { ...handshakeReply(request), conversation: new FluxConversation(services, call, asked) };
    },
    refuse: errorReply,
  };
}

async function fluxRequest(request: Request, values: FluxValues, services: Services, call: Call): Promise<FluxRequest> {
  const model = await modelFor(undefined, services.settings);
  const isMulti = /^flux-general-multi\b/i.test(values.model ?? "");
  const hints = isMulti ? hintedLanguages(values.language_hint) : undefined;
  // A model of English takes every language for English, but not where English is not expected.
  if (hints && !hints.includes("en")) requireLanguage(model, hints[0]);
  const declared = declaredEncoding(values);
  const raw = rawEncoding(declared);
  const { eot_threshold: endOfTurn, eager_eot_threshold: eager, eot_timeout_ms: timeout } = values;
  const requestId = requestIdOf(request);
  return {
    requestId,
    declared,
    session: {
      model,
      task: "transcribe",
      client: call.client,
      session: requestId,
      keyterms: termsOf(values),
      interim: INTERIM,
      heardEvery: HEARD_EVERY,
      ...(raw ? { raw } : {}),
      ...spoken(hints),
    },
    thresholds: { endOfTurn, timeout, ...(eager === undefined ? {} : { eager }) },
    formatting: { ...formatOptions(values, { live: true }), language: "en" },
    ...(hints ? { hints } : {}),
  };
}

/** How a session finds out its language. */
function spoken(hints: readonly string[] | undefined): Pick<SessionOptions, "language" | "languages" | "detect"> {
  if (hints === undefined) return { language: "en" };
  return { detect: "utterance", ...(hints.length > 0 ? { languages: hints } : {}) };
}
