import { describe, expect, test } from "bun:test";
import { hostname } from "node:os";
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

  test("a page by whose name a stranger could have come is none of the server's own, unless it has to show a key", () => {
    const asks = (cors: Cors, host: string, origin = `http://${host}`) => {
      const headers = new Headers({ host, origin });
      try {
        cors.checkRequest(new Request("http://x/", { headers }));
        cors.checkPage({ headers });
        return true;
      } catch {
        return false;
      }
    };
    const open = new Cors([], false);
    const mine = [
      "192.168.1.5:8080",
      "[fe80::1]:8080",
      "nas:8080",
      "box.local",
      "stt.home.arpa",
      hostname().toLowerCase(),
    ];
    for (const host of mine) expect([host, asks(open, host)]).toEqual([host, true]);
    for (const host of ["evil.example:8080", "127.0.0.1.evil.example", "local.evil.example:80", "stt.example."])
      expect([host, asks(open, host)]).toEqual([host, false]);
    expect(asks(open, "stt.example:8080", "http://192.168.1.5:8080")).toBe(false);
    expect(asks(new Cors(["http://stt.example"], false), "stt.example")).toBe(true);
    expect(asks(new Cors(["https://app.example"], true), "stt.example")).toBe(true);
    expect(asks(new Cors(["https://app.example"], true), "stt.example", "https://evil.example")).toBe(false);
  });

  test("what a page of another site sends is refused; what it reads, its browser keeps from it", () => {
    const open = new Cors([], false);
    const asks = (origin: string, method: string) => () =>
      open.checkRequest(new Request("http://x/", { method, headers: { host: "127.0.0.1:8080", origin } }));
    for (const origin of ["https://evil.example", "null"]) {
      for (const method of ["POST", "PUT", "DELETE"]) expect(asks(origin, method)).toThrow("cors-origins");
      for (const method of ["GET", "HEAD"]) expect(asks(origin, method)).not.toThrow();
    }
    for (const origin of ["http://localhost:5173", "app://obsidian.md", "chrome-extension://abc", "file://"])
      expect(asks(origin, "POST")).not.toThrow();
    expect(() => open.checkRequest(new Request("http://x/", { method: "POST" }))).not.toThrow();
  });

  test("without a setting, any page may ask a server that wants keys", () => {
    for (const origin of ["https://app.example", "null"]) expect(new Cors([], true).allows(origin)).toBe(true);
    expect(some.allows("http://localhost:5173")).toBe(false);
  });
});
