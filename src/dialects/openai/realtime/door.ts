/** Where Realtime sockets come in: https://platform.openai.com/docs/guides/realtime-websocket */
import { VerbatimError } from "../../../error.ts";
import type { Services } from "../../dialect.ts";
import type { SocketDoor } from "../../socket.ts";
import { errorReply } from "../errors.ts";
import { type Configuration, DEFAULTS } from "./configuration.ts";
import { newConversation } from "./conversation.ts";
import { configurationOf } from "./secrets.ts";

/** Models that converse. Who dials one without wishing for a transcription gets a conversation, in which this server only listens. */
const CONVERSATIONAL = /^(gpt-realtime|gpt-4o(-mini)?-realtime)/;
const TRANSCRIBING = /whisper|transcribe/;

/** `/v1/realtime`, whatever its query says. */
export function realtimeDoor(services: Services): SocketDoor {
  return {
    paths: ["/v1/realtime", "/realtime"],
    async accept(request, call) {
      const { searchParams } = new URL(request.url);
      const model = searchParams.get("model") || undefined;
      const offered = (request.headers.get("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim());
      const isBeta =
        /\brealtime=v1\b/.test(request.headers.get("openai-beta") ?? "") || offered.includes("openai-beta.realtime-v1");
      const opening = {
        configuration: configurationOf(call) ?? defaultsFor(model, searchParams.get("intent")),
        shape: isBeta ? "beta" : "ga",
        model,
      } as const;
      return {
        conversation: await newConversation(services, call, opening),
        // The key stands among the offered ones: a browser wants one of them back, and not that.
        ...(offered.includes("realtime") ? { protocol: "realtime" } : {}),
      };
    },
    refuse: errorReply,
  };
}

/** What a request gets that is no handshake: a proxy may have taken that out. */
export function noHandshake(): VerbatimError {
  const message =
    "This address speaks WebSocket, and the request has no 'Upgrade: websocket' header. A proxy in between may have removed it.";
  return new VerbatimError("bad-request", message);
}

function defaultsFor(model: string | undefined, intent: string | null): Configuration {
  const isConversation =
    intent !== "transcription" && model !== undefined && CONVERSATIONAL.test(model) && !TRANSCRIBING.test(model);
  return isConversation ? { ...DEFAULTS, type: "realtime" } : DEFAULTS;
}
