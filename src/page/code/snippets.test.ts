import { expect, test } from "bun:test";
import { snippets } from "./snippets.ts";

test("the same request in other words, whatever the file is called", () => {
  const [curl, deepgram, , python] = snippets(
    "http://127.0.0.1:8080",
    "it's.wav",
    { model: "base.en", punctuate: "true" },
    true,
  );
  expect(curl?.code).toContain("http://127.0.0.1:8080/v1/listen?model=base.en&punctuate=true");
  expect(curl?.code).toContain("-T 'it'\\''s.wav'");
  expect(curl?.code).toContain("Authorization: Token YOUR_KEY");
  expect(deepgram?.code).toContain('model: "base.en",\n  punctuate: true');
  expect(python?.code).toContain('model="base.en", punctuate=True');
  expect(snippets("http://a", "a.wav", {}, false)[0]?.code).not.toContain("Authorization");
});
