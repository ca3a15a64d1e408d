/** Keys that the server makes itself: short-lived, signed (JWT, RFC 7519 with HS256), good until they expire or the server ends. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

interface Claims {
  /** Who may use it: the client that asked for it. */
  sub: string;
  /** Seconds since 1970. */
  iat: number;
  exp: number;
  jti: string;
  about?: unknown;
}

export interface Grant {
  token: string;
  /** Seconds since 1970. */
  expiresAt: number;
}

const HEADER = encode({ alg: "HS256", typ: "JWT" });

export class Grants {
  readonly #secret = randomBytes(32);

  /**
   * A key for `client`, good for so many seconds. A prefix marks whose kind of key it is (`ek_`); what it is made for (JSON) is part of it,
   * for everybody to read.
   */
  issue(client: string, seconds: number, prefix = "", about?: unknown): Grant {
    const iat = Math.floor(Date.now() / 1000);
    const exp = iat + Math.ceil(seconds);
    const claims: Claims = {
      sub: client,
      iat,
      exp,
      jti: crypto.randomUUID(),
      ...(about === undefined ? {} : { about }),
    };
    const body = `${HEADER}.${encode(claims)}`;
    return { token: `${prefix}${body}.${this.#sign(body).toString("base64url")}`, expiresAt: exp };
  }

  /** Whom a key was made for, and what for; undefined when it was not made here, was changed, or is too old. */
  read(key: string): { client: string; about?: unknown } | undefined {
    const begin = key.indexOf(HEADER);
    const end = key.lastIndexOf(".");
    if (begin < 0 || end <= begin + HEADER.length) return undefined;
    const body = key.slice(begin, end);
    const given = Buffer.from(key.slice(end + 1), "base64url");
    const right = this.#sign(body);
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    const { sub, exp, about } = JSON.parse(
      Buffer.from(body.slice(HEADER.length + 1), "base64url").toString(),
    ) as Claims;
    return Date.now() < exp * 1000 ? { client: sub, ...(about === undefined ? {} : { about }) } : undefined;
  }

  #sign(body: string): Buffer {
    return createHmac("sha256", this.#secret).update(body).digest();
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
