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
  const some = new Cors(["https://app.example", "http://localhost:3000/"]);

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
    expect(applied(new Cors(["*"]), "https://any.example").get("access-control-allow-origin")).toBe(
      "https://any.example",
    );
  });

  test("with no origins set there is no CORS at all", () => {
    expect([...applied(new Cors([]), "https://app.example").keys()]).not.toContain("vary");
  });
});
