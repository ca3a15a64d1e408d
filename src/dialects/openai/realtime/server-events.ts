/** Parts of what a Realtime server says: https://platform.openai.com/docs/api-reference/realtime-server-events */
import type { VerbatimError } from "../../../error.ts";
import { errorBody } from "../errors.ts";
import type { Shape } from "./session-object.ts";

/** `item_3f…`: unlike any other. */
export function newId(kind: "event" | "item" | "sess"): string {
  return `${kind}_${crypto.randomUUID().replaceAll("-", "")}`;
}

/** A message to the client. */
export function eventText(type: string, fields: object): string {
  return JSON.stringify({ type, event_id: newId("event"), ...fields });
}

/** The item that committed audio becomes. Its text comes with other events. */
export function itemObject(id: string, shape: Shape): object {
  return {
    id,
    ...(shape === "beta" ? { object: "realtime.item" } : {}),
    type: "message",
    status: "completed",
    role: "user",
    content: [{ type: "input_audio", transcript: null }],
  };
}

/** The fields of an `error` event; `eventId` is the client's own for the event at fault. */
export function errorFields(error: VerbatimError, eventId: unknown): object {
  const { type, code, message, param } = errorBody(error).error;
  return { error: { type, code, message, param, event_id: typeof eventId === "string" ? eventId : null } };
}
