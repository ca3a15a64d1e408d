/** The audio of a socket's binary messages, by the encoding that the client declared → a session. */
import type { RawEncoding } from "../../../audio/media.ts";
import { OggOpus } from "../../../audio/ogg-opus.ts";
import type { Session } from "../../../recognizer/live/session.ts";
import { type DeclaredEncoding, declaredSamples, type Encoding } from "../parameters.ts";
import { invalidValue } from "../query.ts";
import { WavHeader } from "./wav-header.ts";

/** What an AMR file begins with; a stream of bare frames lacks it (RFC 4867, section 5). */
const AMR_MARKS: Partial<Record<Encoding, string>> = { "amr-nb": "#!AMR\n", "amr-wb": "#!AMR-WB\n" };

/** Containers that clients send where they declare bare Opus packets: Ogg, and Matroska with WebM. */
const CONTAINER_MARKS = ["OggS", "\x1aE\xdf\xa3"];

/** The headerless encoding that a session is opened with, if it is one. Throws for encodings that cannot be decoded here. */
export function rawEncoding(declared: DeclaredEncoding | undefined): RawEncoding | undefined {
  if (declared === undefined) return undefined;
  const { encoding, channels } = declared;
  if (encoding === "speex" || encoding === "g729")
    throw invalidValue("encoding", encoding, "This server cannot decode that.");
  if (encoding === "opus" && channels > 2)
    throw invalidValue("channels", String(channels), "Opus packets have one or two.");
  return declaredSamples(declared);
}

/** The way of one stream's bytes into its session. */
export class Inlet {
  #encoding: Encoding | undefined;
  readonly #wavHeader = new WavHeader();
  #opus: OggOpus | undefined;
  #isRaw: boolean;
  #hasBegun = false;

  constructor(declared: DeclaredEncoding | undefined) {
    this.#encoding = declared?.encoding;
    this.#isRaw = rawEncoding(declared) !== undefined;
    if (declared?.encoding === "opus") this.#opus = new OggOpus(declared.channels);
  }

  /** Audio has come. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  get isRaw(): boolean {
    return this.#isRaw;
  }

  /** From now on it is headerless, whatever was declared. */
  becomeRaw(): void {
    this.#isRaw = true;
  }

  push(session: Session, bytes: Uint8Array): void {
    const isFirst = !this.#hasBegun;
    this.#hasBegun = true;
    if (this.#isRaw) session.pushRaw(this.#wavHeader.strip(bytes));
    else void session.pushEncoded(this.#contained(bytes, isFirst));
  }

  #contained(bytes: Uint8Array, isFirst: boolean): Uint8Array {
    const begin = Buffer.from(bytes.subarray(0, 9)).toString("latin1");
    if (isFirst && CONTAINER_MARKS.some((mark) => begin.startsWith(mark))) this.#opus = undefined;
    if (this.#opus !== undefined) return this.#opus.push(bytes);
    const mark = this.#encoding && AMR_MARKS[this.#encoding];
    if (!isFirst || mark === undefined || begin.startsWith("#!AMR")) return bytes;
    return Buffer.concat([Buffer.from(mark, "latin1"), bytes]);
  }
}
