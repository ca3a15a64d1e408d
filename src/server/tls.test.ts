import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultSettings } from "../config/load.ts";
import { VerbatimError } from "../error.ts";
import { openLog } from "../log/log.ts";
import { selfSigned } from "./certificate.ts";
import { listenOn, urlOf } from "./listen.ts";
import { openTls } from "./tls.ts";

const folder = mkdtempSync(join(tmpdir(), "verbatim-tls-"));
beforeEach(() => void mkdirSync(folder, { recursive: true }));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

let logged = "";
const log = openLog({ level: "debug", format: "json", write: (line) => (logged += line) });
const open = (own: object, hosts = ["127.0.0.1"]) =>
  openTls(defaultSettings({ dataDir: join(folder, "data"), ...own }, {}), hosts, log);

describe("a self-signed certificate", () => {
  const names = ["localhost", "127.0.0.1", "::1", "2001:db8::8:800:200c:417a", "::ffff:1.2.3.4", "a-machine.example"];

  test("is one: signed by its own key, good for its names alone, from yesterday for 397 days", () => {
    const now = Date.UTC(2026, 0, 31, 12);
    const { cert, key } = selfSigned(names, now);
    const parsed = new X509Certificate(cert);
    expect(parsed.verify(parsed.publicKey)).toBe(true);
    expect(parsed.ca).toBe(false);
    expect(key).toStartWith("-----BEGIN PRIVATE KEY-----");
    const covers = (name: string) => (isIP(name) ? parsed.checkIP(name) : parsed.checkHost(name));
    for (const name of names) expect(covers(name)).toBe(name);
    for (const other of ["example.com", "127.0.0.2", "::2"]) expect(covers(other)).toBeUndefined();
    expect([Date.parse(parsed.validFrom), Date.parse(parsed.validTo)]).toEqual([
      Date.UTC(2026, 0, 30, 12),
      Date.UTC(2027, 2, 4, 12),
    ]);
    expect(new X509Certificate(selfSigned(names, now).cert).serialNumber).not.toBe(parsed.serialNumber);
  });

  test("after 2049 still tells its time", () => {
    const { cert } = selfSigned(["localhost"], Date.UTC(2060, 5, 1));
    expect(Date.parse(new X509Certificate(cert).validFrom)).toBe(Date.UTC(2060, 4, 31));
  });

  test("is trusted by who has it, and by nobody else", async () => {
    const tls = selfSigned(["localhost", "127.0.0.1"]);
    const [server] = await listenOn(
      [{ host: "127.0.0.1", port: 0 }],
      { fetch: async () => new Response("hello"), websocket: { message() {} } },
      tls,
    );
    if (!server) throw new Error("it does not listen");
    const url = urlOf(server);
    expect(url).toStartWith("https://127.0.0.1:");
    expect(await (await fetch(url, { tls: { ca: tls.cert } })).text()).toBe("hello");
    const refusal = await fetch(url, { tls: { ca: selfSigned(["127.0.0.1"]).cert } }).catch((thrown) => thrown);
    expect(refusal).toBeInstanceOf(Error);
    await server.stop(true);
  });
});

describe("the kept certificate", () => {
  test("is the same at the next start, for its owner's eyes, and another one when the names change", () => {
    const first = open({ tls: "self-signed" });
    expect(statSync(join(folder, "data/tls/self-signed.key")).mode & 0o777).toBe(0o600);
    expect(readFileSync(first?.selfSigned as string, "utf8")).toBe(first?.cert as string);
    expect(open({ tls: "self-signed" })).toEqual(first as never);
    const other = open({ tls: "self-signed" }, ["0.0.0.0", "192.0.2.7"]);
    expect(other?.cert).not.toBe(first?.cert as string);
    expect(new X509Certificate(other?.cert as string).checkIP("192.0.2.7")).toBeDefined();
    expect(new X509Certificate(other?.cert as string).checkIP("0.0.0.0")).toBeUndefined();
  });

  test("is made anew when it is damaged or about to end", () => {
    const first = open({ tls: "self-signed" });
    const path = first?.selfSigned as string;
    writeFileSync(path, "nonsense");
    const second = open({ tls: "self-signed" });
    expect(second?.cert).toStartWith("-----BEGIN CERTIFICATE-----");
    const names = new X509Certificate(second?.cert as string).subjectAltName?.replace(/(DNS|IP Address):/g, "");
    const old = selfSigned(names?.split(", ") ?? [], Date.now() - 380 * 86_400_000);
    writeFileSync(path, old.cert);
    writeFileSync(path.replace(".crt", ".key"), old.key);
    expect(open({ tls: "self-signed" })?.cert).not.toBe(old.cert);
  });

  test("that cannot be kept is used all the same", () => {
    writeFileSync(join(folder, "data"), "no folder");
    const tls = open({ tls: "self-signed" });
    expect(tls?.cert).toStartWith("-----BEGIN CERTIFICATE-----");
    expect(tls?.selfSigned).toBeUndefined();
    expect(logged).toContain("cannot be kept");
  });
});

describe("the owner's certificate", () => {
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const refusal = (own: object): VerbatimError => {
    try {
      open(own);
    } catch (thrown) {
      if (thrown instanceof VerbatimError) return thrown;
    }
    throw new Error("it was taken");
  };

  test("is taken with its key", () => {
    const { cert, key } = selfSigned(["localhost"]);
    const own = { tlsCert: write("cert.pem", cert), tlsKey: write("key.pem", key) };
    expect(open(own)).toEqual({ cert, key });
    expect(open({})).toBeUndefined();
  });

  test("and what is wrong with it is said", () => {
    const { cert, key } = selfSigned(["localhost"]);
    const tlsCert = write("cert.pem", cert);
    const tlsKey = write("key.pem", key);
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const encrypted = privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" });
    const cases: [object, string, RegExp][] = [
      [{ tlsCert }, "tls-key", /needs its key/],
      [{ tlsKey }, "tls-cert", /needs a certificate/],
      [{ tlsCert, tlsKey, tls: "self-signed" }, "tls", /not both/],
      [{ tlsCert: join(folder, "none.pem"), tlsKey }, "tls-cert", /cannot be read \(ENOENT\)/],
      [{ tlsCert: tlsKey, tlsKey }, "tls-cert", /is not a certificate/],
      [{ tlsCert, tlsKey: tlsCert }, "tls-key", /is not a private key/],
      [{ tlsCert, tlsKey: write("encrypted.pem", encrypted.toString()) }, "tls-key", /encrypted/],
      [{ tlsCert, tlsKey: write("other.pem", selfSigned(["localhost"]).key) }, "tls-key", /is not that of/],
      [
        { tlsCert: write("old.pem", selfSigned(["localhost"], Date.now() - 500 * 86_400_000).cert), tlsKey },
        "tls-key",
        /is not that of/,
      ],
    ];
    for (const [own, parameter, message] of cases)
      expect(refusal(own)).toMatchObject({ parameter, message: expect.stringMatching(message) });
    const old = selfSigned(["localhost"], Date.now() - 500 * 86_400_000);
    const own = { tlsCert: write("old.pem", old.cert), tlsKey: write("old-key.pem", old.key) };
    expect(refusal(own)).toMatchObject({ parameter: "tls-cert", message: expect.stringMatching(/was good until/) });
  });
});
