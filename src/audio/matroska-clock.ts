/** The times of a WebM or Matroska stream (RFC 9559): clusters have one, and their blocks one after that. */
import { appended, type ContainerClock } from "./container-clock.ts";
import { samplesOf } from "./ogg-opus.ts";

const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TIMESTAMP_SCALE = 0x2ad7b1;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const TRACK_NUMBER = 0xd7;
const TRACK_TYPE = 0x83;
const CODEC_ID = 0x86;
const CLUSTER = 0x1f43b675;
const TIMESTAMP = 0xe7;
const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;
const SIMPLE_BLOCK = 0xa3;

const masters = new Set([SEGMENT, INFO, TRACKS, TRACK_ENTRY, CLUSTER, BLOCK_GROUP]);
/** What is read; of a block its beginning is enough. */
const leaves = new Set([TIMESTAMP_SCALE, TRACK_NUMBER, TRACK_TYPE, CODEC_ID, TIMESTAMP, BLOCK, SIMPLE_BLOCK]);
const AUDIO = 2;
/** A longer leaf is none that is read here. */
const LONGEST_LEAF = 1024 * 1024;
/** Frames of a block that are put into one packet: their number of samples is not read. */
const LACED = 0x06;

interface Track {
  number?: number;
  type?: number;
  codec?: string;
}

export class MatroskaClock implements ContainerClock {
  #rest: Uint8Array = new Uint8Array(0);
  /** Bytes of an element that is passed over. */
  #skip = 0;
  /** Seconds of a tick. */
  #tick = 0.001;
  #track: Track = {};
  #audio: Track | undefined;
  #cluster = 0;
  #seconds: number | undefined;

  get seconds(): number | undefined {
    return this.#seconds;
  }

  push(bytes: Uint8Array): void {
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    const all = appended(this.#rest, bytes.subarray(skipped));
    let at = 0;
    for (let used = this.#read(all.subarray(at)); used > 0; used = this.#read(all.subarray(at))) at += used;
    this.#rest = all.slice(at);
  }

  /** Reads the element that begins here, or of a master its head; returns how many bytes that were, 0 when they are not all there. */
  #read(bytes: Uint8Array): number {
    const id = number(bytes, 0, false);
    const size = id && number(bytes, id.length, true);
    if (id === undefined || size === undefined) return 0;
    const head = id.length + size.length;
    if (id.value === TRACK_ENTRY) this.#track = {};
    if (masters.has(id.value)) return head;
    if (!leaves.has(id.value) || size.value > LONGEST_LEAF) {
      const present = Math.min(bytes.length - head, size.value);
      this.#skip = size.value - present;
      return head + present;
    }
    if (bytes.length < head + size.value) return 0;
    this.#take(id.value, bytes.subarray(head, head + size.value));
    return head + size.value;
  }

  #take(id: number, body: Uint8Array): void {
    if (id === BLOCK || id === SIMPLE_BLOCK) this.#block(body);
    else if (id === TIMESTAMP) this.#cluster = unsigned(body);
    else if (id === TIMESTAMP_SCALE) this.#tick = unsigned(body) / 1e9;
    else if (id === CODEC_ID) this.#track.codec = Buffer.from(body).toString("latin1");
    else if (id === TRACK_NUMBER) this.#track.number = unsigned(body);
    else this.#track.type = unsigned(body);
    if (this.#track.type === AUDIO && this.#audio === undefined) {
      this.#audio = this.#track;
      this.#seconds = 0;
    }
  }

  #block(body: Uint8Array): void {
    const track = number(body, 0, true);
    if (track === undefined || body.length < track.length + 3 || track.value !== this.#audio?.number) return;
    const ticks = new DataView(body.buffer, body.byteOffset + track.length, 2).getInt16(0);
    const flags = body[track.length + 2] ?? 0;
    const isOpus = this.#audio.codec === "A_OPUS" && (flags & LACED) === 0;
    const length = isOpus ? samplesOf(body.subarray(track.length + 3)) / 48_000 : 0;
    this.#seconds = Math.max(this.#seconds ?? 0, (this.#cluster + ticks) * this.#tick + length);
  }
}

/** A number of EBML's own length (RFC 8794): the first byte says how long it is. An id keeps that mark, a size of ones is unknown. */
function number(bytes: Uint8Array, at: number, isSize: boolean): { value: number; length: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  const length = Math.clz32(first) - 23;
  if (bytes.length < at + length) return undefined;
  let value = isSize ? first & (0xff >> length) : first;
  let isUnknown = value === 0xff >> length;
  for (let i = 1; i < length; i++) {
    const next = bytes[at + i] as number;
    value = value * 256 + next;
    isUnknown &&= next === 0xff;
  }
  return { value: isSize && isUnknown ? Number.POSITIVE_INFINITY : value, length };
}

function unsigned(body: Uint8Array): number {
  return body.reduce((value, byte) => value * 256 + byte, 0);
}
