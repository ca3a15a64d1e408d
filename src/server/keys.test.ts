import { describe, expect, test } from "bun:test";
import { Grants } from "../dialects/grants.ts";
import { VerbatimError } from "../error.ts";
import { Keys, presentedKey } from "./keys.ts";

const headers = (fields: Record<string, string>) => new Headers(fields);

function refusal(keys: Keys, fields: Record<string, string>): VerbatimError {
  try {
    keys.check(headers(fields));
  } catch (thrown) {
    if (thrown instanceof VerbatimError && thrown.code === "unauthorized") return thrown;
  }
  throw new Error("it was let in");
}

test("a key is read as OpenAI's, Deepgram's and Azure's clients send it", () => {
  expect(presentedKey(headers({ authorization: "Bearer abc" }))).toBe("abc");
  expect(presentedKey(headers({ authorization: "token  abc " }))).toBe("abc");
  expect(presentedKey(headers({ "api-key": "abc" }))).toBe("abc");
  for (const protocols of [
    "token, abc",
    "bearer,abc",
    "realtime, openai-insecure-api-key.abc, openai-beta.realtime-v1",
  ])
    expect(presentedKey(headers({ "sec-websocket-protocol": protocols }))).toBe("abc");
  for (const protocols of ["token", "realtime", "abc, token", "openai-insecure-api-key."])
    expect(presentedKey(headers({ "sec-websocket-protocol": protocols }))).toBeUndefined();
  for (const authorization of ["", "Bearer", "Bearer ", "Basic abc", "abc", "Bearer a b"])
    expect(presentedKey(headers({ authorization }))).toBeUndefined();
});

describe("Keys", () => {
  const grants = new Grants();
  const keys = new Keys(["first-secret-key", "zweiter-Schlüssel"], grants);

  test("any of several keys opens, and its owner has a name that does not tell the key", () => {
    const first = keys.check(headers({ authorization: "Bearer first-secret-key" }));
    const second = keys.check(headers({ "api-key": "zweiter-Schl\u00fcssel" }));
    expect(first?.client).toMatch(/^key:[0-9a-f]{12}$/);
    expect(first?.temporary).toBe(false);
    expect(second?.client).not.toBe(first?.client as string);
  });

  test("a key that the server made opens for its holder", () => {
    const { token } = grants.issue("key:abc", 30);
    expect(keys.check(headers({ authorization: `Bearer ${token}` }))).toEqual({ client: "key:abc", temporary: true });
    expect(refusal(keys, { authorization: `Bearer ${token}x` }).reason).toBe("wrong-key");
  });

  test("a missing key and a wrong one are told apart, and no key is repeated whole", () => {
    expect(refusal(keys, {}).reason).toBe("no-key");
    const wrong = refusal(keys, { authorization: "Bearer first-secret-kez" });
    expect(wrong.reason).toBe("wrong-key");
    expect(wrong.message).toContain("fir***********ez");
    expect(refusal(keys, { authorization: "Bearer short" }).message).toContain("*****");
    for (const near of ["first-secret-ke", "first-secret-key2", "FIRST-SECRET-KEY"])
      expect(refusal(keys, { "api-key": near }).reason).toBe("wrong-key");
  });

  test("without keys everybody may come, whatever they present", () => {
    const open = new Keys([], grants);
    expect(open.wanted).toBe(false);
    expect(open.check(headers({ authorization: "Bearer None" }))).toBeUndefined();
  });

  test("what a key of the server's own was made for is told, also where none is wanted", () => {
    const { token } = grants.issue("address:1.2.3.4", 30, "ek_", { language: "fr" });
    const told = { client: "address:1.2.3.4", temporary: true, about: { language: "fr" } };
    for (const some of [keys, new Keys([], grants)])
      expect(some.check(headers({ authorization: `Bearer ${token}` }))).toEqual(told);
  });
});
