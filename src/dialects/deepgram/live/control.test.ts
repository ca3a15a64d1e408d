import { describe, expect, test } from "bun:test";
import { readControl } from "./control.ts";

const read = (message: unknown) => readControl(JSON.stringify(message));
const described = (message: string) => {
  const control = readControl(message);
  return "description" in control ? control.description.replace("Could not deserialize last text message: ", "") : "";
};

describe("a text message", () => {
  test("is one of Deepgram's", () => {
    expect(read({ type: "KeepAlive" })).toEqual({ type: "KeepAlive" });
    expect(read({ type: "CloseStream" })).toEqual({ type: "CloseStream" });
    expect(read({ type: "Finalize" })).toEqual({ type: "Finalize" });
    expect(read({ type: "Finalize", channel: 1 })).toEqual({ type: "Finalize", channel: 1 });
    expect(read({ type: "Configure", keyterms: ["a"], features: { numerals: true } })).toEqual({
      type: "Configure",
      change: { keyterms: ["a"], numerals: true },
    });
    expect(read({ type: "Configure", keyterms: null })).toEqual({ type: "Configure", change: { keyterms: [] } });
    expect(read({ type: "Configure", processors: { numerals: false } })).toEqual({
      type: "Configure",
      change: { numerals: false },
    });
  });

  test("is one of those that servers like it have", () => {
    expect(read({ type: "ping" })).toEqual({ type: "KeepAlive" });
    expect(read({ type: "stop" })).toEqual({ type: "CloseStream" });
    expect(read({ type: "start", config: { sample_rate: 8000, language: "en" } })).toEqual({
      type: "start",
      rate: 8000,
      language: "en",
    });
    expect(read({ type: "start" })).toEqual({ type: "start" });
  });

  test("is misunderstood, and told where", () => {
    expect(described('{"type":"Stop"}')).toEndWith("`Finalize` at line 1 column 14");
    expect(described('{\n "type": "x\\"y"\n}')).toEndWith("at line 2 column 15");
    expect(described("{}")).toBe("missing field `type` at line 1 column 2");
    expect(described('{"type":1}')).toBe("invalid type: number, expected a string");
    expect(described("hello")).toBe("it is no JSON");
    expect(described("")).toBe("it is no JSON");
    expect(described("[1]")).toBe("invalid type: sequence, expected an object");
    expect(described("null")).toBe("invalid type: null, expected an object");
    for (const channel of [-1, 0.5, "0"]) expect(read({ type: "Finalize", channel }).type).toBe("misunderstood");
    for (const config of ["x", { sample_rate: 7 }, { sample_rate: "16000" }, { language: 1 }])
      expect(read({ type: "start", config }).type).toBe("misunderstood");
  });

  test("is understood and impossible", () => {
    for (const wish of [{ keyterms: "a" }, { keyterms: [1] }, { features: 3 }, { features: { numerals: "yes" } }])
      expect(read({ type: "Configure", ...wish }).type).toBe("impossible");
  });

  test("is not read when it is longer than any can be", () => {
    expect(described(JSON.stringify({ type: "x".repeat(60_000) })).length).toBeLessThan(1000);
    expect(described(JSON.stringify({ type: "KeepAlive", x: "x".repeat(1e6) }))).toContain("more than 65536");
  });
});
