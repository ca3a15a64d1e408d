/** The id by which Deepgram's clients know a request: always a UUID, the same in headers, replies and callbacks. */
import { newRequestId } from "../../log/request-id.ts";
import { callOf } from "../call.ts";

const own = new WeakMap<Request, string>();

/** The request's UUID. It is the call's id unless the client named that itself: two requests may bear the name that a client gave. */
export function requestIdOf(request: Request): string {
  if (!request.headers.has("x-request-id")) return callOf(request).id;
  let id = own.get(request);
  if (id === undefined) {
    id = newRequestId();
    own.set(request, id);
    callOf(request).facts.deepgram = id;
  }
  return id;
}
