/** Keys, CORS, health, metrics, the API's page, addresses. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clip } from "../data.ts";
import { form, startTestServer, type TestServer, until } from "./support.ts";

const audio = new Blob([readFileSync(clip("containers_jfk/jfk.wav").file)]);

const keys = join(tmpdir(), `verbatim-keys-${process.pid}`);

let server: TestServer;
beforeAll(async () => {
  writeFileSync(keys, "# two\nfrom-the-file-1\nfrom-the-file-2\n");
  server = await startTestServer({
    VERBATIM_API_KEYS: "sk-the-first-key,sk-the-second-key",
    VERBATIM_API_KEYS_FILE: keys,
    VERBATIM_CORS_ORIGINS: "https://app.example",
  });
});
afterAll(async () => {
  rmSync(keys, { force: true });
  await server[Symbol.asyncDispose]();
});

const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers });
const keyed = { authorization: "Bearer sk-the-second-key" };

describe("keys", () => {
  test("every way to present one of them works", async () => {
    for (const headers of [
      keyed,
      { authorization: "Token sk-the-first-key" },
      { "api-key": "from-the-file-1" },
      { authorization: "bearer from-the-file-2" },
    ])
      expect((await get("/v1/models", headers as Record<string, string>)).status).toBe(200);
  });

  test("none and a wrong one are refused in OpenAI's shape before anything is uploaded", async () => {
    const none = await fetch(`${server.url}/v1/audio/transcriptions`, { method: "POST", body: form({ file: audio }) });
    expect([none.status, none.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect(await none.json()).toMatchObject({ error: { type: "invalid_request_error", code: null } });
    const wrong = await get("/v1/models", { authorization: "Bearer sk-the-third-key" });
    expect(wrong.status).toBe(401);
    const { error } = (await wrong.json()) as { error: { message: string; code: string } };
    expect(error.code).toBe("invalid_api_key");
    expect(error.message).not.toContain("sk-the-third-key");
  });

  test("metrics want one, health, readiness, version and the API's page do not", async () => {
    expect((await get("/metrics")).status).toBe(401);
    const metrics = await get("/metrics", keyed);
    expect(metrics.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await metrics.text();
    expect(text).toMatch(/^stt_http_requests_total\{.*\} \d+$/m);
    expect(text).toMatch(/^stt_build_info\{version="[^"]+",backend="[^"]+"\} 1$/m);
    for (const path of ["/", "/health", "/ready", "/version", "/swagger", "/docs", "/redoc", "/openapi.json"])
      expect([path, (await get(path)).status]).toEqual([path, 200]);
  });

  test("no key is in the log", () => {
    expect(JSON.stringify(server.log())).not.toMatch(/sk-the|from-the-file/);
  });
});

describe("CORS", () => {
  test("an allowed page may send what its SDK wants to send, and read the request's id", async () => {
    const origin = "https://app.example";
    const wanted = "authorization, x-stainless-lang, openai-organization";
    const preflight = await fetch(`${server.url}/v1/audio/transcriptions`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": wanted },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toBe(wanted);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(origin);
    for (const path of ["/v1/models", "/v1/nope"]) {
      const answer = await get(path, { origin });
      expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
      expect(answer.headers.get("access-control-expose-headers")).toContain("x-request-id");
    }
    expect((await get("/health", { origin: "https://evil.example" })).headers.has("access-control-allow-origin")).toBe(
      false,
    );
  });
});

describe("a page of a stranger's", () => {
  const host = "evil.example:8080";
  const page = { host, origin: `http://${host}` };

  test("starts nothing, not even where its name was made to mean this machine", async () => {
    await using open = await startTestServer();
    const ask = (path: string, headers: Record<string, string>) =>
      fetch(open.url + path, { method: "POST", headers, body: "{}" });
    for (const path of [
      "/system/start",
      "/api/v1/system/start",
      "/v1/audio/transcriptions",
      "/v1/listen",
      "/transcribe",
    ]) {
      const refused = await ask(path, page);
      expect([path, refused.status]).toEqual([path, 403]);
      expect(await refused.text()).toContain("cors-origins");
    }
    expect(await open.metric("stt_sessions_active")).toBe(0);
    // Nor does a page under its own name: a browser asks nobody before it sends a form.
    const elsewhere = { origin: "https://evil.example", "content-type": "text/plain" };
    expect((await ask("/system/start", elsewhere)).status).toBe(403);
    const own = { host: "127.0.0.1:8080", origin: "http://127.0.0.1:8080" };
    expect((await ask("/v1/listen", own)).status).toBe(400);
    for (const path of ["/api/v1/ws", "/v1/realtime", "/v1/listen"]) {
      const socket = { upgrade: "websocket", connection: "upgrade", "sec-websocket-version": "13" };
      const key = { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
      const refused = await fetch(open.url + path, { headers: { ...socket, ...key, ...page } });
      expect([path, refused.status]).toEqual([path, 403]);
    }
  });
});

describe("paths", () => {
  test("are read right whatever the host is called", async () => {
    for (const host of ["x", "ai", "stt", "stt:80", "a-longer-name.example"]) {
      const answer = await get("/v1/models", { ...keyed, host });
      expect([host, answer.status]).toEqual([host, 200]);
      const { paths } = (await (await get("/openapi.json?x=//y", { host })).json()) as { paths: object };
      expect(Object.keys(paths)).toContain("/v1/models");
    }
    await until(() => server.log().filter(({ route }) => route === "/v1/models").length > 4 || undefined);
    expect(server.log().filter(({ route }) => route === "/models")).toEqual([]);
  });
});

describe("request ids", () => {
  test("a given one comes back and is in the log, a bad one is replaced", async () => {
    const given = await get("/version", { "x-request-id": "trace-42" });
    expect(given.headers.get("x-request-id")).toBe("trace-42");
    // The log is another pipe: its line may come after the answer.
    expect(await until(() => server.log().find(({ request }) => request === "trace-42"))).toMatchObject({
      route: "/version",
      status: 200,
    });
    const bad = await get("/version", { "x-request-id": "a b" });
    expect(bad.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("the API's page", () => {
  test("asks nobody but this server, and its document names every route", async () => {
    for (const path of ["/docs", "/swagger", "/swagger/"]) {
      const page = await get(path);
      expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
      const html = await page.text();
      const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address = ""]) => address);
      expect(addresses.length).toBeGreaterThan(3);
      for (const address of addresses) {
        const { origin, pathname } = new URL(address, server.url + path);
        expect([origin, pathname]).toEqual([server.url, expect.stringMatching(/^\/swagger\/[\w.-]+$/)]);
        expect((await get(pathname)).status).toBe(200);
      }
    }
    const { paths } = (await (await get("/openapi.json")).json()) as { paths: object };
    for (const path of [
      "/v1/audio/transcriptions",
      "/v1/audio/translations",
      "/v1/models",
      "/v1/models/{id}",
      "/health",
    ])
      expect(Object.keys(paths)).toContain(path);
  });
});

describe("starting", () => {
  const refusal = async (settings: Record<string, string>) =>
    startTestServer(settings).then(
      () => "it started",
      (error) => String(error.message),
    );

  test("a port in use is one clear sentence that names another", async () => {
    const { port } = new URL(server.url);
    const message = await refusal({ VERBATIM_LISTEN: `127.0.0.1:${port}` });
    expect(message).toContain(`Port ${port} on 127.0.0.1 is in use`);
    expect(message).toMatch(/--port \d+ is free/);
    expect(message).not.toContain("    at ");
  });

  test("open to other machines only by intent", async () => {
    expect(await refusal({ VERBATIM_HOST: "0.0.0.0" })).toContain("no API key is set");
    await using open = await startTestServer({ VERBATIM_HOST: "0.0.0.0", VERBATIM_ALLOW_OPEN: "true" });
    expect((await fetch(`${open.url}/health`)).status).toBe(200);
  });

  test("an address that this machine does not have, a dialect that there is not", async () => {
    expect(await refusal({ VERBATIM_HOST: "no-such-host.invalid", VERBATIM_ALLOW_OPEN: "true" })).toContain(
      "no-such-host.invalid has no address",
    );
    expect(await refusal({ VERBATIM_LISTEN: "127.0.0.1:0=klingon" })).toContain("no dialect klingon");
  });

  test("more addresses, one of them given to a dialect", async () => {
    await using more = await startTestServer({ VERBATIM_LISTEN: "127.0.0.1:0,localhost:0=openai" });
    const urls = more.urls();
    expect(new Set(urls).size).toBe(3);
    for (const url of urls) expect((await fetch(`${url}/v1/models`)).status).toBe(200);
  });

  test("two start at once and both serve", async () => {
    await using both = new AsyncDisposableStack();
    const servers = await Promise.all([startTestServer(), startTestServer()]);
    for (const one of servers) both.use(one);
    for (const { url } of servers) expect((await fetch(`${url}/ready`)).status).toBe(200);
  });
});
