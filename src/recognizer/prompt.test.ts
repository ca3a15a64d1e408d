import { expect, test } from "bun:test";
import { promptText } from "./prompt.ts";

test("terms first, then the settings' prompt, then the request's", () => {
  expect(
    promptText({ keyterms: ["Verbatim"], prompt: "A call." }, { keyterms: [" Silero ", "Verbatim"], prompt: "Hello" }),
  ).toBe("Verbatim, Silero. A call. Hello.");
});

test("nothing is no prompt", () => {
  expect(promptText({}, {})).toBeUndefined();
  expect(promptText({ keyterms: [" "], prompt: "" }, { prompt: " " })).toBeUndefined();
});
