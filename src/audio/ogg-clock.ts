/** The times of an Ogg stream (RFC 3533): each page says how many samples end on it. Its first page says what a sample is. */
import { appended, type ContainerClock } from "./container-clock.ts";

const PAGE_HEADER = 27;
/** "No packet ends on this page." */
const NOTHING = 0xffff_ffff_ffff_ffffn;
/** RFC 7845: Opus counts samples of 48 kHz, and those that are skipped at the beginning. */
const OPUS_RATE = 48_000;

export class OggClock implements ContainerClock {
  #rest: Uint8Array = new Uint8Array(0);
  /** Of the first stream in it. */
  #serial: number | undefined;
  #rate = 0;
  #skipped = 0;
  #seconds: number | undefined;

  get seconds(): number | undefined {
    return this.#seconds;
  }

  push(bytes: Uint8Array): void {
    let rest = appended(this.#rest, bytes);
    for (let page = wholePage(rest); page !== undefined; page = wholePage(rest)) {
      this.#read(page);
      rest = rest.subarray(page.length);
    }
    // Something else, which has no times.
    if (rest.length >= 4 && Buffer.from(rest.subarray(0, 4)).toString("latin1") !== "OggS") rest = rest.subarray(0, 0);
    this.#rest = rest.slice();
  }

  #read(page: Uint8Array): void {
    const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
    const serial = view.getUint32(14, true);
    if (this.#serial === undefined) {
      this.#serial = serial;
      this.#begin(page.subarray(PAGE_HEADER + (page[26] ?? 0)));
    }
    const position = view.getBigUint64(6, true);
    if (serial !== this.#serial || this.#rate === 0 || position === NOTHING) return;
    this.#seconds = Math.max(0, (Number(position) - this.#skipped) / this.#rate);
  }

  #begin(packet: Uint8Array): void {
    const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
    const name = Buffer.from(packet.subarray(0, 8)).toString("latin1");
    if (name === "OpusHead" && packet.length >= 12) {
      this.#rate = OPUS_RATE;
      this.#skipped = view.getUint16(10, true);
    } else if (name.startsWith("\x01vorbis") && packet.length >= 16) this.#rate = view.getUint32(12, true);
    if (this.#rate > 0) this.#seconds = 0;
  }
}

function wholePage(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < PAGE_HEADER || Buffer.from(bytes.subarray(0, 4)).toString("latin1") !== "OggS") return undefined;
  const segments = bytes[26] ?? 0;
  if (bytes.length < PAGE_HEADER + segments) return undefined;
  let length = PAGE_HEADER + segments;
  for (let i = 0; i < segments; i++) length += bytes[PAGE_HEADER + i] ?? 0;
  return bytes.length < length ? undefined : bytes.subarray(0, length);
}
