/**
 * `POST /realtime/client_secrets` and `/realtime/transcription_sessions`: short-lived keys for browsers, and the configuration that a socket
 * opened with one starts with. https://platform.openai.com/docs/api-reference/realtime-sessions
 */
import { VerbatimError } from "../../../error.ts";
import { type Call, callOf } from "../../call.ts";
import type { Services } from "../../dialect.ts";
import { readJson } from "../json-body.ts";
import { invalid, numberIn, oneOf } from "../values.ts";
import { type Configuration, changed, DEFAULTS } from "./configuration.ts";
import { liveWishes } from "./live-options.ts";
import { newId } from "./server-events.ts";
import { betaFields, sessionObject } from "./session-object.ts";

type Fields = Record<string, unknown>;

/** Seconds. */
const LIFETIME = { least: 10, usual: 600, most: 7200 };
/** Characters of a key: it stands in a header, and those of a request fit into 16 KiB. */
const MOST_KEY = 8192;

/** The configuration that the key of a call was made for. */
export function configurationOf({ about }: Call): Configuration | undefined {
  return (about as { realtime?: Configuration } | undefined)?.realtime;
}

export async function createClientSecret(request: Request, services: Services): Promise<object> {
  const call = mayIssue(request);
  const body = await readJson(request, services);
  const session = body.session ?? {};
  const configuration = changed(DEFAULTS, session);
  // A model that there is not is told now, and not to the browser.
  await liveWishes(configuration, undefined, services.settings);
  const seconds = lifetime(body.expires_after, "expires_after");
  const { token, expiresAt } = issue(services, call, configuration, seconds);
  // The session is none yet: it has no time of its own.
  const facts = { id: newId("sess"), expiresAt: 0, model: modelOf(session) };
  return { value: token, expires_at: expiresAt, session: sessionObject(configuration, "ga", facts) };
}

export async function createTranscriptionSession(request: Request, services: Services): Promise<object> {
  const call = mayIssue(request);
  const body = await readJson(request, services);
  const configuration = changed(DEFAULTS, body, "");
  await liveWishes(configuration, undefined, services.settings);
  const wanted = ((body.client_secret ?? {}) as Fields).expires_at ?? body.expires_after;
  const { token, expiresAt } = issue(services, call, configuration, lifetime(wanted, "client_secret.expires_at"));
  const { turn_detection, ...fields } = betaFields(configuration) as Fields;
  return {
    id: newId("sess"),
    object: "realtime.transcription_session",
    expires_at: expiresAt,
    modalities: ["audio", "text"],
    turn_detection,
    ...fields,
    include: configuration.include,
    client_secret: { value: token, expires_at: expiresAt },
  };
}

function mayIssue(request: Request): Call {
  const call = callOf(request);
  if (call.temporary)
    throw new VerbatimError("forbidden", "A short-lived key cannot make further keys. Use the API key itself.");
  return call;
}

function issue({ grants }: Services, call: Call, configuration: Configuration, seconds: number) {
  const grant = grants.issue(call.client, seconds, "ek_", { realtime: configuration });
  if (grant.token.length <= MOST_KEY) return grant;
  throw new VerbatimError(
    "bad-parameter",
    "The session's texts are too long to be part of a key. Send them with session.update.",
    {
      parameter: "session",
    },
  );
}

function lifetime(given: unknown, parameter: string): number {
  if (given === undefined || given === null) return LIFETIME.usual;
  if (typeof given !== "object") throw invalid(parameter, given, "Expected an object.");
  const { anchor, seconds } = given as Fields;
  if (anchor != null) oneOf(`${parameter}.anchor`, anchor, ["created_at"]);
  if (seconds == null) return LIFETIME.usual;
  return numberIn(`${parameter}.seconds`, seconds, LIFETIME.least, LIFETIME.most);
}

function modelOf(session: unknown): string | undefined {
  const { model } = session as Fields;
  return typeof model === "string" ? model : undefined;
}
