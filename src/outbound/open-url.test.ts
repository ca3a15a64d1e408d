import { afterEach, beforeEach, expect, test } from "bun:test";
import { createServer } from "node:net";
import { join } from "node:path";
import { VerbatimError } from "../error.ts";
import { type OpenUrlOptions, openUrl } from "./open-url.ts";
import { checkTarget } from "./target.ts";

/** The server of these tests, and nothing else. */
const networks = ["127.0.0.1/32"];
let handler: (request: Request) => Response | Promise<Response>;
/** What the server was asked: a request that was answered tells nothing any more. */
let seen: { url: string; headers: Headers }[];
let server: ReturnType<typeof Bun.serve>;
let base: string;

beforeEach(() => {
  seen = [];
  handler = () => new Response("hello");
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      seen.push({ url: request.url, headers: new Headers(request.headers) });
      return handler(request);
    },
  });
  base = `http://127.0.0.1:${server.port}`;
});
afterEach(() => server.stop(true));

async function refusal(url: string, options: Partial<OpenUrlOptions> = {}): Promise<string> {
  try {
    const { body } = await openUrl(url, { networks, ...options });
    await Bun.readableStreamToBytes(body);
  } catch (thrown) {
    if (thrown instanceof VerbatimError) return `${thrown.code} ${thrown.reason ?? ""}`.trim();
    throw thrown;
  }
  return "none";
}

test("gives what the URL has", async () => {
  const opened = await openUrl(`${base}/a?b=c#d`, { networks, headers: { "x-own": "1" } });
  expect(opened.status).toBe(200);
  expect(await Bun.readableStreamToText(opened.body)).toBe("hello");
  expect(seen[0]?.url).toBe(`${base}/a?b=c`);
  expect(seen[0]?.headers.get("x-own")).toBe("1");
});

test("any status comes back, and an empty body", async () => {
  handler = () => new Response(null, { status: 404 });
  const opened = await openUrl(base, { networks });
  expect(opened.status).toBe(404);
  expect(await Bun.readableStreamToText(opened.body)).toBe("");
});

test("sends a body", async () => {
  handler = async (request) => new Response(`${request.method} ${await request.text()}`);
  for (const method of ["POST", "PUT"] as const) {
    const { body } = await openUrl(base, { networks, method, body: new TextEncoder().encode("{}") });
    expect(await Bun.readableStreamToText(body)).toBe(`${method} {}`);
  }
});

test("credentials in the URL are Basic authentication", async () => {
  const { url } = await openUrl(base.replace("//", "//me%40home:s%C3%A9cret@"), { networks });
  expect(seen[0]?.headers.get("authorization")).toBe(`Basic ${Buffer.from("me@home:sécret").toString("base64")}`);
  expect(url.href).not.toContain("cret");
});

test("a name is resolved once, and its host is told by name", async () => {
  const { body } = await openUrl(base.replace("127.0.0.1", "localhost"), { networks: [...networks, "::1/128"] });
  expect(await Bun.readableStreamToText(body)).toBe("hello");
  expect(seen[0]?.headers.get("host")).toBe(`localhost:${server.port}`);
});

// Whom to trust is decided when a program starts, so this asks from a program of its own.
test.each([
  ["localhost", "hello"],
  ["other", "bad-parameter url-unreachable"],
])("over TLS, a certificate of %s: %s", async (name, outcome) => {
  const folder = join(import.meta.dir, "tls");
  const pem = await Bun.file(join(folder, `${name}.pem`)).text();
  const secure = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { key: pem.slice(0, pem.indexOf("-----BEGIN CERT")), cert: pem.slice(pem.indexOf("-----BEGIN CERT")) },
    fetch: () => new Response("hello"),
  });
  const program = `
    import { openUrl } from "./open-url.ts";
    openUrl("https://localhost:${secure.port}/", { networks: ["127.0.0.1/32", "::1/128"] })
      .then(({ body }) => Bun.readableStreamToText(body), ({ code, reason }) => code + " " + reason)
      .then((said) => process.stdout.write(said));`;
  try {
    const asking = Bun.spawn([process.execPath, "-e", program], {
      cwd: import.meta.dir,
      env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, "trusted.pem") },
      stdout: "pipe",
    });
    expect(await new Response(asking.stdout).text()).toBe(outcome);
  } finally {
    secure.stop(true);
  }
});

test("private addresses are refused before anything is sent", async () => {
  for (const url of [
    base,
    base.replace("127.0.0.1", "localhost"),
    base.replace("127.0.0.1", "2130706433"),
    base.replace("127.0.0.1", "0x7f.1"),
    base.replace("127.0.0.1", "[::ffff:127.0.0.1]"),
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]/",
    "http://10.0.0.1:8080/",
  ])
    expect(await refusal(url, { networks: [] })).toBe("bad-parameter url-private");
  expect(seen).toHaveLength(0);
});

test("each redirect is checked", async () => {
  handler = () => Response.redirect(`http://127.0.0.2:${server.port}/`, 302);
  expect(await refusal(base)).toBe("bad-parameter url-private");
  handler = () => new Response(null, { status: 301, headers: { location: "file:///etc/passwd" } });
  expect(await refusal(base)).toBe("bad-parameter url-malformed");
  expect(seen).toHaveLength(2);
});

test("redirects are followed so far, and not for what is sent", async () => {
  handler = ({ url }) => {
    const left = Number(new URL(url).searchParams.get("left"));
    return left > 0
      ? new Response("on", { status: 307, headers: { location: `/?left=${left - 1}` } })
      : new Response("there");
  };
  const { url, body } = await openUrl(`${base}/?left=3`, { networks });
  expect(url.search).toBe("?left=0");
  expect(await Bun.readableStreamToText(body)).toBe("there");
  expect(await refusal(`${base}/?left=3`, { maxRedirects: 2 })).toBe("bad-parameter url-redirects");
  expect(await refusal(`${base}/?left=1000`)).toBe("bad-parameter url-redirects");
  expect((await openUrl(`${base}/?left=1`, { networks, method: "POST" })).status).toBe(307);
});

test("a redirect to another host takes no credentials along", async () => {
  const other = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      seen.push({ url: request.url, headers: new Headers(request.headers) });
      return new Response("other");
    },
  });
  try {
    handler = () => Response.redirect(`http://127.0.0.1:${other.port}/`);
    await openUrl(base.replace("//", "//me:secret@"), { networks });
    expect(seen.map(({ headers }) => headers.has("authorization"))).toEqual([true, false]);
  } finally {
    other.stop(true);
  }
});

test("a body is read only so far", async () => {
  handler = () => new Response(new Uint8Array(1000));
  expect(await refusal(base, { maxBytes: 1000 })).toBe("none");
  expect(await refusal(base, { maxBytes: 999 })).toBe("too-large url");
});

test("an endless body is cut, and its sender told", async () => {
  const gone = Promise.withResolvers<void>();
  handler = () =>
    new Response(
      new ReadableStream({
        pull: async (controller) => {
          controller.enqueue(new Uint8Array(65_536));
          await Bun.sleep(1);
        },
        cancel: () => gone.resolve(),
      }),
    );
  expect(await refusal(base, { maxBytes: 1 << 20 })).toBe("too-large url");
  await gone.promise;
});

test("a host that never answers, and one that stops half-way", async () => {
  handler = () => new Promise(() => {});
  expect(await refusal(base, { connectTimeout: 0.1 })).toBe("timeout url");
  handler = () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array(10)),
        pull: () => new Promise(() => {}),
      }),
    );
  expect(await refusal(base, { idleTimeout: 0.1 })).toBe("timeout url");
});

test("whoever asks can leave: before, while waiting and while reading", async () => {
  expect(await refusal(base, { signal: AbortSignal.abort() })).toBe("cancelled");
  expect(seen).toHaveLength(0);
  handler = () => new Promise(() => {});
  const waiting = new AbortController();
  const answer = refusal(base, { signal: waiting.signal });
  while (seen.length === 0) await Bun.sleep(5);
  waiting.abort();
  expect(await answer).toBe("cancelled");
  handler = () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array(10)),
        pull: () => new Promise(() => {}),
      }),
    );
  const reading = new AbortController();
  const { body } = await openUrl(base, { networks, signal: reading.signal });
  const reader = body.getReader();
  expect((await reader.read()).value).toHaveLength(10);
  reading.abort();
  expect(await reader.read().catch((thrown: VerbatimError) => thrown.code)).toBe("cancelled");
});

test("a body that breaks off is an error, and no short file", async () => {
  const broken = createServer((socket) => {
    socket.on("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhello")).on("error", () => {});
  });
  await new Promise<void>((listening) => broken.listen(0, "127.0.0.1", listening));
  const { port } = broken.address() as { port: number };
  try {
    expect(await refusal(`http://127.0.0.1:${port}/`)).toBe("bad-parameter url-unreachable");
  } finally {
    broken.close();
  }
});

test("nobody there", async () => {
  server.stop(true);
  expect(await refusal(base)).toBe("bad-parameter url-unreachable");
  expect(await refusal("http://nothing.invalid/")).toBe("bad-parameter url-unreachable");
});

test.each([
  "",
  "example.com/x",
  "ftp://example.com/",
  "http://%zz@example.com/",
  "file:///etc/passwd",
  "http://",
  "http://h:99999/",
  `http://h/${"x".repeat(9000)}`,
])("%s is no URL to ask for", async (url) => {
  expect(() => checkTarget(url)).toThrow(VerbatimError);
  expect(await refusal(url)).toBe("bad-parameter url-malformed");
});
