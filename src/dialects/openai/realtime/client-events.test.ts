import { expect, test } from "bun:test";
import { VerbatimError } from "../../../error.ts";
import { parseMessage, readEvent } from "./client-events.ts";
import { errorFields } from "./server-events.ts";

const read = (message: string) => readEvent(parseMessage(message));

test("events are read", () => {
  expect(read('{"type":"input_audio_buffer.append","audio":"AAEC"}')).toEqual({
    type: "append",
    audio: new Uint8Array([0, 1, 2]),
  });
  expect(read('{"type":"input_audio_buffer.append","audio":"AA\\nEC"}')).toMatchObject({ type: "append" });
  expect(read('{"type":"input_audio_buffer.append","audio":""}')).toMatchObject({ audio: new Uint8Array(0) });
  expect(read('{"type":"input_audio_buffer.commit","event_id":"x","more":1}')).toEqual({ type: "commit" });
  expect(read('{"type":"input_audio_buffer.clear"}')).toEqual({ type: "clear" });
  expect(read('{"type":"session.update","session":{}}')).toEqual({ type: "update", session: {}, isBeta: false });
  expect(read('{"type":"transcription_session.update","session":{}}')).toMatchObject({ isBeta: true });
});

test("parts of a conversation are passed over", () => {
  for (const type of ["response.create", "response.cancel", "conversation.item.create", "output_audio_buffer.clear"])
    expect(read(JSON.stringify({ type }))).toEqual({ type: "ignored" });
});

test("the rest is refused as OpenAI refuses it", () => {
  const refusal = (message: string): object => {
    try {
      read(message);
    } catch (thrown) {
      if (thrown instanceof VerbatimError) return (errorFields(thrown, "mine") as { error: object }).error;
    }
    throw new Error("it was taken");
  };
  const base = { type: "invalid_request_error", event_id: "mine" };
  for (const message of ["{not json", "", "[]", "7", "null", '"text"'])
    expect(refusal(message)).toMatchObject({ ...base, code: "invalid_json", param: null });
  expect(refusal("{}")).toEqual({
    ...base,
    code: "invalid_event",
    message: "The 'type' field is missing.",
    param: "type",
  });
  expect(refusal('{"type":"x"}')).toEqual({
    ...base,
    code: "invalid_value",
    message:
      "Invalid value: 'x'. Supported values are: 'session.update', 'transcription_session.update', 'input_audio_buffer.append', " +
      "'input_audio_buffer.commit' and 'input_audio_buffer.clear'.",
    param: "type",
  });
  expect(refusal('{"type":7}')).toMatchObject({ code: "invalid_value", param: "type" });
  expect(refusal('{"type":"session.update"}')).toMatchObject({ code: "missing_required_parameter", param: "session" });
  const append = (audio: unknown) => refusal(JSON.stringify({ type: "input_audio_buffer.append", audio }));
  expect(append(undefined)).toMatchObject({ code: "missing_required_parameter", param: "audio" });
  for (const audio of [7, null, ["AAAA"], "%%%%", "AAAA=AAA", "ä"])
    expect(append(audio)).toMatchObject({ ...base, code: "invalid_value", param: "audio" });
  expect(append(Buffer.alloc((15 << 20) + 1).toString("base64"))).toMatchObject({
    code: "invalid_value",
    param: "audio",
  });
  expect(errorFields(new VerbatimError("internal", "x"), 7)).toMatchObject({
    error: { type: "server_error", event_id: null },
  });
});
