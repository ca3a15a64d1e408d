/** The shapes that golden/README.md names. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { VerbatimError } from "../../error.ts";
import { done } from "./answers.ts";
import { errorFields, errorReply, missingField } from "./errors.ts";
import { eventText, type Told } from "./events.ts";
import { asOriginal, predefined } from "./profiles/predefined.ts";

const read = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dir, "golden", `${name}.golden`), "utf8")) as Record<string, object>;
const page = read("page");
const original = read("original");
const told = (event: Told) => JSON.parse(eventText(event)) as Record<string, unknown>;

describe("events", () => {
  const events: Told[] = [
    {
      event: "transcription",
      text: "hi",
      is_final: true,
      confidence: 0.9,
      timestamp: 1767.1,
      language: "en",
      session_id: "vad-1",
    },
    { event: "wake_word", wake_word: "jarvis", word: "jarvis", confidence: 0.7, timestamp: 123.4 },
    { event: "speech_detected", confidence: 0.4, timestamp: 123.4, session_id: "vad-1" },
    {
      event: "system_status",
      running: true,
      active_features: ["audio_capture"],
      state: "listening",
      profile: "x",
      timestamp: 123.4,
    },
  ];
  for (const event of events)
    test(event.event, () => {
      const sent = told(event);
      for (const source of [page, original]) expect(sent).toMatchObject(source[event.event] ?? {});
      const { event: name, type, data, ...fields } = sent;
      expect([type, data]).toEqual([name, fields]);
    });
});

test("errors have the page's four fields and the original's one", async () => {
  const cause = new VerbatimError("bad-parameter", "Detailed error information");
  const error = new VerbatimError("bad-request", "Error message", { cause });
  expect(errorFields(error, new Date("2025-01-27T10:30:00Z"))).toEqual(page.error as ReturnType<typeof errorFields>);
  const reply = (thrown: VerbatimError, path: string) => errorReply(thrown, { url: `http://x${path}` });
  const unknown = reply(new VerbatimError("not-found", "Profile not found: zz"), "/system/profiles/zz");
  expect(unknown.status).toBe(404);
  expect(await unknown.json()).toMatchObject(original["not found"] ?? {});
  const missing = reply(missingField("profile"), "/system/start");
  expect(missing.status).toBe(422);
  expect(await missing.json()).toMatchObject({ ...original["field missing"], status_code: 422 });
  expect(reply(missingField("profile"), "/api/v1/system/start").status).toBe(400);
  expect(reply(new VerbatimError("busy", "later", { retryAfter: 2.2 }), "/x").headers.get("retry-after")).toBe("3");
});

test("profiles and answers", () => {
  for (const [name, profile] of Object.entries(predefined)) {
    expect(profile).toEqual(page[`profile ${name}`] as typeof profile);
    expect(asOriginal(profile).vad?.parameters).toEqual(original.parameters as never);
  }
  expect(done("Profile 'x' saved successfully", { saved: true })).toEqual(original.saved as object);
});
