/** What Deepgram's handshakes have in common. */
import type { Handshake } from "../../socket.ts";
import { idHeaders } from "../errors.ts";

/** The names of headers that pages of other sites may read. */
const EXPOSED = "dg-model-name,dg-model-uuid,dg-char-count,dg-request-id,dg-error";

/**
 * The answer's headers, and the subprotocol: a browser offers `token, KEY` because it can send its key in no other way, and drops a
 * connection whose answer names neither or names the key.
 */
export function handshakeReply(request: Request): Omit<Handshake, "conversation"> {
  const [scheme = ""] = (request.headers.get("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim());
  const origin = request.headers.get("origin");
  const cors = {
    ...(origin === null ? {} : { "access-control-allow-origin": origin, "access-control-allow-credentials": "true" }),
    "access-control-expose-headers": EXPOSED,
    vary: "origin, access-control-request-method, access-control-request-headers",
  };
  return {
    headers: { ...idHeaders(request), ...cors },
    ...(/^(token|bearer)$/i.test(scheme) ? { protocol: scheme } : {}),
  };
}
