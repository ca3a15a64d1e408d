import { describe, expect, test } from "bun:test";
import { Cors } from "./cors.ts";

const preflight = (origin: string, more: Record<string, string> = {}) =>
  new Request("http://127.0.0.1/v1/audio/transcriptions", {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "POST", ...more },
  });

const applied = (cors: Cors, origin?: string) => {
  const response = new Response("x");
  cors.apply(new Request("http://127.0.0.1/", origin ? { headers: { origin } } : {}), response);
  return response.headers;
};

describe("Cors", () => {
  const some = new Cors(["https://app.example", "http://localhost:3000/"], true);

  test("a preflight of an allowed origin gets what it asked for", () => {
    const wanted = "authorization, x-stainless-os, openai-organization";
    const answer = some.preflight(
      preflight("https://app.example", {
        "access-control-request-headers": wanted,
        "access-control-request-private-network": "true",
      }),
    );
    expect(answer?.status).toBe(204);
    expect(answer?.headers.get("access-control-allow-headers")).toBe(wanted);
    expect(answer?.headers.get("access-control-allow-methods")).toContain("POST");
    expect(answer?.headers.get("access-control-allow-private-network")).toBe("true");
  });

  test("a preflight of another origin gets nothing, and another OPTIONS is no preflight", () => {
    expect(some.preflight(preflight("https://evil.example"))?.headers.get("access-control-allow-headers")).toBeNull();
    expect(some.preflight(new Request("http://127.0.0.1/", { method: "OPTIONS" }))).toBeUndefined();
    expect(
      some.preflight(new Request("http://127.0.0.1/", { headers: { origin: "https://app.example" } })),
    ).toBeUndefined();
  });

  test("answers name the origin, never a star, and let the page read the request's id", () => {
    const headers = applied(some, "http://localhost:3000");
    expect(headers.get("access-control-allow-origin")).toBe("http://localhost:3000");
    expect(headers.get("access-control-expose-headers")).toContain("x-request-id");
    expect(headers.get("vary")).toBe("origin");
    expect(applied(some, "https://evil.example").get("access-control-allow-origin")).toBeNull();
    expect(applied(some, "https://evil.example").get("vary")).toBe("origin");
    expect(applied(new Cors(["*"], false), "https://any.example").get("access-control-allow-origin")).toBe(
      "https://any.example",
    );
  });

  test("who asks from no page is told nothing of it", () => {
    expect([...applied(some).keys()].filter((name) => /vary|access/.test(name))).toEqual([]);
  });

  test("without a setting, pages of this machine may ask a server without keys", () => {
    const own = new Cors([], false);
    for (const origin of ["http://localhost:5173", "http://127.0.0.1", "https://[::1]:8443", "http://LOCALHOST"])
      expect([origin, own.allows(origin)]).toEqual([origin, true]);
    for (const origin of [
      "https://app.example",
      "http://localhost.evil.example",
      "http://127.0.0.1.evil.example:80",
      "null",
    ])
      expect([origin, own.allows(origin)]).toEqual([origin, false]);
    expect(applied(own, "https://app.example").get("access-control-allow-origin")).toBeNull();
  });

  test("without a setting, any page may ask a server that wants keys", () => {
    for (const origin of ["https://app.example", "null"]) expect(new Cors([], true).allows(origin)).toBe(true);
    expect(some.allows("http://localhost:5173")).toBe(false);
  });
});
