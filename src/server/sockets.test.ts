import { afterEach, describe, expect, test } from "bun:test";
import { Elysia } from "elysia";
import { defaultSettings } from "../config/load.ts";
import type { Settings } from "../config/table.ts";
import type { Dialect, Services } from "../dialects/dialect.ts";
import { Grants } from "../dialects/grants.ts";
import type { Conversation, Socket } from "../dialects/socket.ts";
import { VerbatimError } from "../error.ts";
import { openLog } from "../log/log.ts";
import { openMetrics } from "../metrics/metrics.ts";
import { startServer, type VerbatimServer } from "./server.ts";

/** A protocol for this test: it repeats what it hears, and obeys a few words. */
class Parrot implements Conversation {
  socket: Socket | undefined;
  heard: string[] = [];
  end: { code: number; reason: string } | undefined;

  opened(socket: Socket): void {
    this.socket = socket;
    socket.send("hello");
  }
  text(message: string): void {
    if (message === "throw") throw new Error("a secret");
    if (message === "flood") for (let i = 0; i < 100; i++) this.socket?.send(new Uint8Array(1 << 20));
    else this.socket?.send(message);
  }
  bytes(message: Uint8Array): void {
    this.socket?.send(message);
  }
  closed(code: number, reason: string): void {
    this.end = { code, reason };
  }
  stop(): void {
    this.heard.push("stop");
    this.socket?.send("bye");
  }
}

let parrots: Parrot[] = [];
/** A handshake that asks for it is answered when this resolves. */
let gate = Promise.withResolvers<void>();
const parrot: Dialect = {
  name: "parrot",
  plugin: () => new Elysia(),
  fail: ({ message }) => new Response(message, { status: 400 }),
  sockets: () => [
    {
      paths: ["/parrot", "/cages/:cage/parrot"],
      async accept(request, call) {
        const { searchParams } = new URL(request.url);
        if (searchParams.has("no")) throw new VerbatimError("bad-parameter", "no means no");
        if (searchParams.has("slow")) await gate.promise;
        const conversation = new Parrot();
        conversation.heard.push(call.client);
        parrots.push(conversation);
        return { conversation, protocol: request.headers.get("sec-websocket-protocol")?.split(",")[0] ?? "" };
      },
      refuse: ({ code, message }) => Response.json({ code, message }, { status: code === "unauthorized" ? 401 : 400 }),
    },
  ],
};

let server: VerbatimServer | undefined;
let logged = "";

afterEach(async () => {
  await server?.stop();
  server = undefined;
  parrots = [];
  gate = Promise.withResolvers();
});

async function start(own: Partial<Settings> = {}): Promise<string> {
  logged = "";
  const settings = defaultSettings({ port: 0, shutdownTimeout: 0.2, ...own }, {});
  const log = openLog({ level: "debug", format: "json", write: (line) => (logged += line) });
  const services = { settings, log, metrics: openMetrics(), grants: new Grants() } as Services;
  server = await startServer(services, [parrot], "0");
  return (server.urls[0] as string).replace("http", "ws");
}

interface Client {
  socket: WebSocket;
  next(): Promise<string | ArrayBuffer>;
  closed: Promise<{ code: number; reason: string }>;
}

function client(url: string, options?: Bun.WebSocketOptions): Client {
  const socket = new WebSocket(url, options);
  socket.binaryType = "arraybuffer";
  const messages: (string | ArrayBuffer)[] = [];
  let wake = () => {};
  socket.onmessage = ({ data }) => {
    messages.push(data);
    wake();
  };
  return {
    socket,
    async next() {
      while (messages.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return messages.shift() as string | ArrayBuffer;
    },
    closed: new Promise((resolve) => {
      socket.onclose = ({ code, reason }) => resolve({ code, reason });
    }),
  };
}

const handshake = (url: string, headers: Record<string, string> = {}) =>
  fetch(url.replace("ws", "http"), {
    headers: {
      upgrade: "websocket",
      connection: "upgrade",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      "sec-websocket-version": "13",
      ...headers,
    },
  });

describe("a socket", () => {
  test("opens on its paths, speaks text and bytes, and its end is heard once", async () => {
    const url = await start();
    for (const path of ["/parrot", "//parrot", "/cages/7/parrot?x=1"]) {
      const { socket, next, closed } = client(url + path);
      expect(await next()).toBe("hello");
      socket.send("pieces of eight");
      expect(await next()).toBe("pieces of eight");
      socket.send(new Uint8Array([1, 2, 3]));
      expect([...new Uint8Array((await next()) as ArrayBuffer)]).toEqual([1, 2, 3]);
      socket.close(4000, "enough");
      await closed;
      await Bun.sleep(10);
      expect(parrots.at(-1)?.end).toEqual({ code: 4000, reason: "enough" });
    }
    expect(logged).toContain('"route":"/cages/:cage/parrot","status":101');
    expect((await fetch(`${url.replace("ws", "http")}/parrot`)).status).toBe(404);
    expect((await handshake(`${url}/cages//parrot`)).status).toBe(404);
  });

  test("is refused in the dialect's words", async () => {
    const url = await start();
    const refused = await handshake(`${url}/parrot?no`, { "x-request-id": "mine" });
    expect(refused.status).toBe(400);
    expect(refused.headers.get("x-request-id")).toBe("mine");
    expect(await refused.json()).toEqual({ code: "bad-parameter", message: "no means no" });
    expect((await handshake(`${url}/parrot`, { "sec-websocket-key": "" })).status).toBe(400);
    const { closed } = client(`${url}/parrot?no`);
    expect((await closed).code).toBe(1006);
  });

  test("wants a key where keys are set: in a header or as a subprotocol", async () => {
    const url = await start({ apiKeys: ["a-key-of-some-length"] });
    expect((await handshake(`${url}/parrot`)).status).toBe(401);
    expect((await handshake(`${url}/parrot`, { authorization: "Token another" })).status).toBe(401);
    const byHeader = client(`${url}/parrot`, { headers: { authorization: "Token a-key-of-some-length" } });
    expect(await byHeader.next()).toBe("hello");
    const byProtocol = client(`${url}/parrot`, { protocols: ["token", "a-key-of-some-length"] });
    expect(await byProtocol.next()).toBe("hello");
    expect(byProtocol.socket.protocol).toBe("token");
    expect(parrots.map(({ heard }) => heard[0])).toEqual([
      expect.stringMatching(/^key:/),
      expect.stringMatching(/^key:/),
    ]);
  });

  test("of a page from elsewhere is refused, unless the settings allow its origin", async () => {
    const url = await start({ corsOrigins: ["https://captions.example"] });
    expect((await handshake(`${url}/parrot`, { origin: "https://evil.example" })).status).toBe(400);
    for (const origin of ["https://captions.example", url.replace("ws", "http")])
      expect(await client(`${url}/parrot`, { headers: { origin } }).next()).toBe("hello");
  });

  test("of a page of this machine is answered, and of any page that has a key", async () => {
    const open = await start();
    expect((await handshake(`${open}/parrot`, { origin: "https://captions.example" })).status).toBe(400);
    const local = { origin: "http://localhost:5173" };
    expect(await client(`${open}/parrot`, { headers: local }).next()).toBe("hello");
    const keyed = await start({ apiKeys: ["a-key-of-some-length"] });
    const headers = { origin: "https://captions.example" };
    expect((await handshake(`${keyed}/parrot`, headers)).status).toBe(401);
    const page = client(`${keyed}/parrot`, { headers, protocols: ["token", "a-key-of-some-length"] });
    expect(await page.next()).toBe("hello");
  });

  test("closes with 1011 when its conversation fails, and tells nobody why but the log", async () => {
    const url = await start();
    const { socket, next, closed } = client(`${url}/parrot`);
    await next();
    socket.send("throw");
    expect(await closed).toEqual({ code: 1011, reason: "Internal server error" });
    expect(logged).toContain("a secret");
  });

  test("is cut when its client does not read", async () => {
    const url = await start();
    const { hostname, port } = new URL(url);
    const line = await Bun.connect({
      hostname,
      port: Number(port),
      socket: { data: (socket) => void socket.pause() },
    });
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13";
    line.write(`GET /parrot HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${key}\r\n\r\n`);
    while (parrots.length === 0) await Bun.sleep(5);
    parrots[0]?.text("flood");
    while (!parrots[0]?.end) await Bun.sleep(5);
    expect(parrots[0]?.end.code).toBe(1006);
    line.terminate();
  });

  test("is told when the server stops, and cut off when its time is over", async () => {
    const url = await start();
    const { next, closed } = client(`${url}/parrot`);
    await next();
    const stopped = server?.stop();
    expect(await next()).toBe("bye");
    expect(parrots[0]?.heard).toContain("stop");
    expect((await closed).code).toBe(1001);
    await stopped;
  });

  test("is told, too, when the server began to stop before its handshake was answered", async () => {
    const url = await start();
    const { next, closed } = client(`${url}/parrot?slow`);
    while (!server?.state.running) await Bun.sleep(1);
    const stopped = server.stop();
    gate.resolve();
    expect([await next(), await next()]).toEqual(["hello", "bye"]);
    expect(parrots[0]?.heard).toContain("stop");
    await closed;
    await stopped;
  });
});
