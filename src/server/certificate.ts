/**
 * A self-signed certificate (X.509 version 3, RFC 5280; its notation DER, X.690), for local work: no API of the platform makes one. P-256 keys,
 * signed by ECDSA with SHA-256.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";

export interface Certificate {
  /** PEM. */
  cert: string;
  key: string;
}

const DAY_MS = 86_400_000;
/** Browsers and macOS refuse what is good for longer than 398 days. */
const DAYS = 397;

/** A certificate for these names and addresses, good from yesterday (clocks differ) on. */
export function selfSigned(names: readonly string[], now = Date.now()): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const algorithm = sequence(oid("1.2.840.10045.4.3.2"));
  const name = sequence(tlv(0x31, sequence(oid("2.5.4.3"), tlv(0x0c, Buffer.from("Verbatim (self-signed)")))));
  // A positive number: its first bit is 0.
  const serial = randomBytes(16).map((byte, i) => (i === 0 ? (byte & 0x3f) | 0x40 : byte));
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.of(2))),
    tlv(0x02, serial),
    algorithm,
    name,
    sequence(time(now - DAY_MS), time(now + DAYS * DAY_MS)),
    name,
    spki,
    tlv(0xa3, sequence(...extensions(names, spki))),
  );
  const signature = sign("sha256", body, privateKey);
  const cert = sequence(body, algorithm, bits(signature));
  const lines = cert.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function extensions(names: readonly string[], spki: Buffer): Buffer[] {
  // RFC 5280, section 4.2.1.2: the hash of the key's bits, which for a P-256 key are the last 65 bytes.
  const keyId = createHash("sha1").update(spki.subarray(-65)).digest();
  return [
    extension("2.5.29.19", sequence(), { critical: true }),
    // digitalSignature: the first bit of eight.
    extension("2.5.29.15", Buffer.of(0x03, 2, 7, 0x80), { critical: true }),
    extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.1"))),
    extension("2.5.29.17", sequence(...names.map(generalName))),
    extension("2.5.29.14", tlv(0x04, keyId)),
    extension("2.5.29.35", sequence(tlv(0x80, keyId))),
  ];
}

function extension(id: string, value: Buffer, { critical = false } = {}): Buffer {
  return sequence(oid(id), ...(critical ? [Buffer.of(0x01, 1, 0xff)] : []), tlv(0x04, value));
}

function generalName(name: string): Buffer {
  const kind = isIP(name);
  if (kind === 0) return tlv(0x82, Buffer.from(name, "latin1"));
  return tlv(0x87, kind === 4 ? Buffer.from(name.split(".").map(Number)) : ipv6(name));
}

function ipv6(address: string): Buffer {
  // The URL parser writes an IPv4 tail in groups too.
  const plain = new URL(`http://[${address.replace(/%.*/, "")}]`).hostname.slice(1, -1);
  const [head = "", tail] = plain.split("::");
  const groups = (text: string) => text.split(":").filter((group) => group !== "");
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(zeros).fill("0"), ...groups(tail ?? "")];
  return Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex");
}

function time(at: number): Buffer {
  const text = new Date(at).toISOString().replace(/[-T:]|\.\d+/g, "");
  // RFC 5280, section 4.1.2.5: two digits of the year until 2049.
  return text < "2050" ? tlv(0x17, Buffer.from(text.slice(2))) : tlv(0x18, Buffer.from(text));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tlv(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(number: number): number[] {
  const bytes = [number & 0x7f];
  for (let rest = number >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

function bits(bytes: Buffer): Buffer {
  return tlv(0x03, Buffer.concat([Buffer.of(0), bytes]));
}

function sequence(...parts: Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

/** Tag, length, value. */
function tlv(tag: number, value: Uint8Array): Buffer {
  const { length } = value;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}
