/** What the server's own page stands on: all models, and how far a request is. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { clip } from "../data.ts";
import { samplesOf, startTestServer, type TestServer, until, wav } from "./support.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const progress = (id: string) => fetch(`${server.url}/v1/requests/${id}`);

test("a client that names its request hears how far it is, in either dialect, until it is answered", async () => {
  const sentence = samplesOf(clip("containers_jfk/jfk.wav").file);
  const long = wav(...Array.from({ length: 20 }, () => sentence));
  for (const path of ["/v1/listen", "/v1/audio/transcriptions"]) {
    const id = crypto.randomUUID();
    let body: Blob | FormData = long;
    if (path !== "/v1/listen") {
      body = new FormData();
      body.append("file", long, "long.wav");
    }
    const answer = fetch(server.url + path, { method: "POST", headers: { "x-request-id": id }, body });
    const seen = await until(async () => {
      const response = await progress(id);
      if (!response.ok) return undefined;
      const { done, duration } = (await response.json()) as { done: number; duration: number | null };
      return done > 0 && duration !== null ? { done, duration } : undefined;
    });
    expect(seen.duration).toBeCloseTo(220, 0);
    expect(seen.done).toBeLessThanOrEqual(seen.duration);
    expect((await answer).status).toBe(200);
    const over = await progress(id);
    expect(over.status).toBe(404);
    expect(await over.json()).toMatchObject({ error: { code: "not-found", parameter: "id" } });
  }
});

test("the models that there are stand beside the fields of other services", async () => {
  const answer = await fetch(`${server.url}/v1/models`);
  const { models, data, stt } = (await answer.json()) as Record<string, { id: string }[]>;
  expect(data?.length).toBeGreaterThan(0);
  expect(stt?.length).toBeGreaterThan(0);
  expect(models?.find(({ id }) => id === "base.en-q8_0")).toMatchObject({
    installed: true,
    loaded: true,
    default: true,
    multilingual: false,
  });
  expect(models?.find(({ id }) => id === "large-v3-turbo")).toMatchObject({ installed: false });
});

test("browsers get the page, programs its facts, and the page's files are revalidated", async () => {
  expect(await (await fetch(server.url)).json()).toMatchObject({ name: "verbatim" });
  const page = await fetch(server.url, { headers: { accept: "text/html,*/*" } });
  expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
  for (const [, path] of (await page.text()).matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)) {
    const file = await fetch(server.url + path);
    expect(file.status).toBe(200);
    const again = await fetch(server.url + path, { headers: { "if-none-match": file.headers.get("etag") ?? "" } });
    expect(again.status).toBe(304);
  }
  expect((await fetch(`${server.url}/page/../package.json`)).status).toBe(404);
  expect((await fetch(`${server.url}/page/nothing.js`)).status).toBe(404);
});
