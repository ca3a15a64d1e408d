/** What the OpenAPI document says of these routes. */
import { FORMATS, type SpeechRequest } from "./options.ts";

const text = (description: string) => ({ type: "string", description });

const common = {
  file: { type: "string", contentMediaType: "application/octet-stream", description: "Audio or video in any format." },
  model: text("Any name; the server's default model answers to those it does not have."),
  prompt: text("Text that shows the model the expected spelling and style."),
  response_format: { type: "string", enum: FORMATS, default: "json" },
  temperature: {
    type: "number",
    minimum: 0,
    maximum: 1,
    default: 0,
    description: "0 rises by itself where a result looks wrong.",
  },
  language: text("ISO 639-1 code or English name of the spoken language; `auto` detects it."),
  stream: { type: "boolean", default: false, description: "Server-sent events, one delta per finished segment." },
};

const transcription = {
  ...common,
  "timestamp_granularities[]": {
    type: "array",
    items: { type: "string", enum: ["word", "segment"] },
    description: "For `verbose_json`.",
  },
  "include[]": { type: "array", items: { type: "string", enum: ["logprobs"] } },
  "languages[]": { type: "array", items: { type: "string" }, description: "Detection chooses among these." },
  "keywords[]": { type: "array", items: { type: "string" }, description: "Names and terms to expect." },
  chunking_strategy: text("`auto`, or a `server_vad` object: `threshold`, `prefix_padding_ms`, `silence_duration_ms`."),
};

const error = {
  type: "object",
  properties: {
    error: {
      type: "object",
      properties: {
        message: { type: "string" },
        type: { type: "string" },
        param: { type: ["string", "null"] },
        code: { type: ["string", "null"] },
      },
    },
  },
};

const failure = (description: string) => ({ description, content: { "application/json": { schema: error } } });

const json = (schema: object) => ({ content: { "application/json": { schema } } });

const tags = ["OpenAI"];

export function speechDetail(task: SpeechRequest["task"]): object {
  const properties = task === "transcribe" ? transcription : common;
  return {
    summary: task === "transcribe" ? "Transcribe a recording" : "Translate a recording into English text",
    tags,
    requestBody: {
      required: true,
      content: { "multipart/form-data": { schema: { type: "object", required: ["file"], properties } } },
    },
    responses: {
      200: {
        description: "The text, in the format asked for.",
        content: { "application/json": {}, "text/plain": {}, "text/event-stream": {} },
      },
      400: failure("A bad parameter, or audio that cannot be read."),
      401: failure("No key, or a wrong one."),
      413: failure("The upload is larger than the server takes."),
      429: failure("Too much audio is waiting; `Retry-After` says when to come again."),
    },
  };
}

export const modelsDetail: Record<"list" | "one" | "pull" | "remove", object> = {
  list: {
    summary: "List the models and the names that stand for them",
    tags,
    responses: { 200: { description: "The list." } },
  },
  one: {
    summary: "Look a model up",
    tags,
    responses: { 200: { description: "The model." }, 404: failure("There is no such model.") },
  },
  pull: {
    summary: "Fetch a model, or make it from weights that are here",
    description: "The answer tells each step: a line of JSON each, or server-sent events where `Accept` asks for them.",
    tags,
    requestBody: json({
      type: "object",
      required: ["model"],
      properties: { model: text("An id of `verbatim models list --all`.") },
    }),
    responses: {
      200: {
        description: "The steps, the last of which is `success` or an error.",
        content: { "application/x-ndjson": {}, "text/event-stream": {} },
      },
      403: failure("The owner does not let clients do that."),
      404: failure("There is no such model."),
    },
  },
  remove: {
    summary: "Delete a model that was fetched or made here",
    tags,
    responses: {
      200: { description: "It is deleted." },
      403: failure("The owner does not let clients do that, or the model is not the server's to delete."),
      404: failure("There is no such model."),
    },
  },
};

export const realtimeDetail: Record<"client_secrets" | "transcription_sessions", object> = {
  client_secrets: {
    summary: "Make a short-lived key for a Realtime socket",
    tags,
    requestBody: json({
      type: "object",
      properties: {
        expires_after: {
          type: "object",
          properties: {
            anchor: text("`created_at`"),
            seconds: { type: "integer", minimum: 10, maximum: 7200, default: 600 },
          },
        },
        session: { type: "object", description: "What a socket opened with the key starts with." },
      },
    }),
    responses: {
      200: { description: "The key and the session." },
      403: failure("The key is itself a short-lived one."),
    },
  },
  transcription_sessions: {
    summary: "Make a short-lived key for a Realtime socket, in the shape of the API's beta",
    tags,
    requestBody: json({ type: "object", description: "What a socket opened with the key starts with." }),
    responses: {
      200: { description: "The session and its key." },
      403: failure("The key is itself a short-lived one."),
    },
  },
};
