/** TLS: the owner's certificate, or one that is made here for local work. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Settings } from "../config/table.ts";
import { VerbatimError } from "../error.ts";
import type { Log } from "../log/log.ts";
import { type Certificate, selfSigned } from "./certificate.ts";

export interface Tls extends Certificate {
  /** Where clients find the certificate that no authority vouches for. */
  selfSigned?: string;
}

type TlsSettings = Pick<Settings, "tls" | "tlsCert" | "tlsKey" | "dataDir">;

/** Milliseconds: a certificate that ends sooner is made anew. */
const LEAST_LEFT = 30 * 86_400_000;

/** What the settings say of TLS; undefined: plain HTTP. `hosts` are the addresses that are listened on. */
export function openTls(settings: TlsSettings, hosts: readonly string[], log: Log): Tls | undefined {
  const { tls, tlsCert, tlsKey } = settings;
  if (tlsCert !== undefined || tlsKey !== undefined) {
    if (tls === "self-signed") throw unusable("tls", "Either tls-cert and tls-key, or tls = self-signed: not both.");
    if (tlsCert === undefined) throw unusable("tls-cert", "tls-key needs a certificate: set tls-cert too.");
    if (tlsKey === undefined) throw unusable("tls-key", "tls-cert needs its key: set tls-key too.");
    return ownersCertificate(tlsCert, tlsKey);
  }
  if (tls === "off") return undefined;
  return keptCertificate(join(settings.dataDir, "tls"), namesFor(hosts), log);
}

function ownersCertificate(certPath: string, keyPath: string): Certificate {
  const cert = read("tls-cert", certPath);
  const key = read("tls-key", keyPath);
  const parsed = attempt(
    () => new X509Certificate(cert),
    () => unusable("tls-cert", `${certPath} is not a certificate in PEM.`),
  );
  const privateKey = attempt(
    () => createPrivateKey(key),
    () => unusable("tls-key", `${keyPath} is not a private key in PEM, or it is encrypted.`),
  );
  if (!parsed.checkPrivateKey(privateKey))
    throw unusable("tls-key", `The key in ${keyPath} is not that of the certificate in ${certPath}.`);
  if (Date.parse(parsed.validTo) < Date.now())
    throw unusable("tls-cert", `The certificate in ${certPath} was good until ${parsed.validTo}.`);
  return { cert, key };
}

/** The certificate of the last start, while it is good; else a new one, which is kept where that can be. */
function keptCertificate(folder: string, names: readonly string[], log: Log): Tls {
  const certPath = join(folder, "self-signed.crt");
  const keyPath = join(folder, "self-signed.key");
  try {
    const kept = { cert: readFileSync(certPath, "utf8"), key: readFileSync(keyPath, "utf8") };
    if (isGood(kept, names)) return { ...kept, selfSigned: certPath };
  } catch {
    // There is none, or it is damaged.
  }
  const made = selfSigned(names);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    put(keyPath, made.key, 0o600);
    put(certPath, made.cert, 0o644);
    return { ...made, selfSigned: certPath };
  } catch (thrown) {
    log.warn("the self-signed certificate cannot be kept: the next start makes another one", { folder, error: thrown });
    return made;
  }
}

function isGood({ cert, key }: Certificate, names: readonly string[]): boolean {
  const parsed = new X509Certificate(cert);
  const covered = (parsed.subjectAltName ?? "").split(", ").length;
  return (
    parsed.checkPrivateKey(createPrivateKey(key)) &&
    Date.parse(parsed.validTo) - Date.now() > LEAST_LEFT &&
    covered === names.length &&
    names.every((name) => (isIP(name) ? parsed.checkIP(name) : parsed.checkHost(name)) !== undefined)
  );
}

/** Names by which this machine is called from itself and its network. */
function namesFor(hosts: readonly string[]): string[] {
  const own = hostname();
  const listened = hosts.filter((host) => host !== "0.0.0.0" && host !== "::");
  const all = ["localhost", "127.0.0.1", "::1", ...(/^[\w.-]{1,253}$/.test(own) ? [own] : []), ...listened];
  return [...new Set(all)];
}

function put(path: string, text: string, mode: number): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text, { mode });
  chmodSync(draft, mode);
  renameSync(draft, path);
}

function read(parameter: string, path: string): string {
  return attempt(
    () => readFileSync(path, "utf8"),
    (why) => unusable(parameter, `${path} cannot be read (${why}).`),
  );
}

function attempt<Result>(work: () => Result, failure: (why: string) => VerbatimError): Result {
  try {
    return work();
  } catch (thrown) {
    throw failure((thrown as NodeJS.ErrnoException).code ?? (thrown as Error).message);
  }
}

function unusable(parameter: string, message: string): VerbatimError {
  return new VerbatimError("bad-parameter", message, { parameter });
}
