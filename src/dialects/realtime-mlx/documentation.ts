/** What the API's description says of these routes. */
const tags = ["Realtime MLX STT"];

type Property = { type: "string" | "boolean" | "integer" | "object"; format?: string; enum?: string[] };

const json = (properties: Record<string, Property>, required: string[] = []) => ({
  content: { "application/json": { schema: { type: "object" as const, properties, required } } },
});
const text = { type: "string" as const };

export const detail = {
  status: { summary: "What the server listens to, and how", tags },
  info: { summary: "The machine", tags },
  start: {
    summary: "Listen to this machine's microphone by a profile",
    tags,
    requestBody: json({ profile: text, custom_config: { type: "object" } }, ["profile"]),
  },
  stop: { summary: "Stop listening", tags },
  config: { summary: "Taken, and without effect", tags },
  profiles: { summary: "Names of the profiles", tags },
  profile: { summary: "One profile", tags },
  save: { summary: "Save a profile", tags, requestBody: { content: { "application/json": {} } } },
  remove: { summary: "Delete a saved profile", tags },
  configure: {
    summary: "Model and language of this client's sessions and recordings to come",
    tags,
    requestBody: json({ engine_type: text, model_name: text, language: text, beam_size: { type: "integer" } }, [
      "engine_type",
      "model_name",
    ]),
  },
  startSession: {
    summary: "Begin a session of audio that is sent, or of this machine's microphone",
    tags,
    requestBody: json({
      session_id: text,
      language: text,
      model: text,
      source: { ...text, enum: ["client", "microphone"] },
    }),
  },
  stopSession: { summary: "End a session and get its text", tags },
  transcribe: {
    summary: "Transcribe audio, or the next piece of a session",
    tags,
    requestBody: json(
      {
        audio_data: { type: "string", format: "byte" },
        session_id: text,
        is_final: { type: "boolean" },
        language: text,
        format: text,
        sample_rate: { type: "integer" },
        channels: { type: "integer" },
      },
      ["audio_data"],
    ),
  },
  transcriptionStatus: { summary: "This client's configuration and sessions", tags },
};
