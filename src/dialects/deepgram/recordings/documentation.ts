/** What the OpenAPI document says of `POST /v1/listen`. */

interface Described {
  name: string;
  schema: object;
  description: string;
}

const flag = (name: string, description: string): Described => ({ name, schema: { type: "boolean" }, description });
const text = (name: string, description: string): Described => ({ name, schema: { type: "string" }, description });
const number = (name: string, description: string): Described => ({ name, schema: { type: "number" }, description });
const list = (name: string, description: string): Described => ({
  name,
  schema: { type: "array", items: { type: "string" } },
  description,
});

const parameters: readonly Described[] = [
  text("model", "Any name; the server's default model answers to those it does not have."),
  text("language", "ISO 639-1 code with or without a region; `multi`: it may change."),
  list("detect_language", "`true`, or the languages that there may be."),
  flag("punctuate", "Punctuation and capital letters."),
  flag("smart_format", "Punctuation, numbers, dates, money and addresses in their usual shapes, and paragraphs."),
  flag("numerals", "Spoken numbers in digits."),
  flag("paragraphs", "The text in paragraphs and sentences."),
  flag("utterances", "The words between two pauses, one by one."),
  number("utt_split", "Seconds of pause that part two utterances; 0.8."),
  flag("filler_words", "Keep uh, um and their like."),
  flag("dictation", "Carry out spoken punctuation."),
  flag("measurements", "Units in their short forms."),
  flag("profanity_filter", "Hide profane words."),
  list("redact", "`numbers`, `aggressive_numbers`, `ssn`, `pci`, `phone_number`, `email_address`."),
  list("replace", "`find:replacement`"),
  list("search", "Phrases to look for."),
  list("keyterm", "Names and terms to expect."),
  list("keywords", "The same, with a weight: `word:2`."),
  flag("multichannel", "Each channel by itself."),
  text("encoding", "Of raw audio: linear16, linear32, mulaw, alaw."),
  number("sample_rate", "Of raw audio, in Hz."),
  number("channels", "Of raw audio."),
  text("callback", "URL to which the answer is delivered later."),
  text("callback_method", "`post` or `put`."),
  list("extra", "`key:value` that comes back with the answer."),
  list("tag", "Label that comes back with the answer."),
];

const error = {
  type: "object",
  properties: { err_code: { type: "string" }, err_msg: { type: "string" }, request_id: { type: "string" } },
};

const failure = (description: string) => ({ description, content: { "application/json": { schema: error } } });

export const recordingDetail: object = {
  summary: "Transcribe a recording",
  tags: ["Deepgram"],
  parameters: parameters.map((parameter) => ({ in: "query", ...parameter })),
  requestBody: {
    required: true,
    content: {
      "application/octet-stream": { schema: { type: "string", description: "Audio or video in any format." } },
      "application/json": {
        schema: { type: "object", required: ["url"], properties: { url: { type: "string", format: "uri" } } },
      },
    },
  },
  responses: {
    200: { description: "The transcript, or the request's id where a callback was named." },
    400: failure("A bad parameter, audio that cannot be read, or a URL that gives none."),
    401: failure("No key, or a wrong one."),
    413: failure("The recording is larger than the server takes."),
    429: failure("Too much audio is waiting; `Retry-After` says when to come again."),
  },
};
