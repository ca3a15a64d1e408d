/** WAV, MP3, FLAC and Ogg Vorbis as 16 kHz float PCM, decoded piece by piece. */
import { call, cString, type Handle, open } from "./call.ts";
import { native } from "./library.ts";

const formats = ["unknown", "wav", "mp3", "flac", "vorbis"] as const;

export interface MediaInfo {
  format: (typeof formats)[number];
  channels: number;
  /** Of the file; what is read has 16 kHz. */
  rate: number;
  /** At `rate`; 0 when not known before the end is read. */
  frames: number;
}

export const MEDIA_INFO_BYTES = 24;

/** VB_MEDIA_LEAST_CAPACITY: room that a read must have, in samples. */
export const LEAST_CAPACITY = 4096;

/** A media file being read, by one thread at a time. */
export class NativeMedia {
  readonly info: MediaInfo;
  /** What it was opened from; bytes are read in place, so they are held here. */
  readonly source: Uint8Array | string;
  #handle: Handle<"media"> | undefined;

  private constructor(handle: Handle<"media">, info: DataView, source: Uint8Array | string) {
    this.#handle = handle;
    this.source = source;
    this.info = {
      format: formats[info.getInt32(4, true)] ?? "unknown",
      channels: info.getInt32(8, true),
      rate: info.getInt32(12, true),
      frames: Number(info.getBigUint64(16, true)),
    };
  }

  /** Opens a file in memory. The bytes must not change before `close`. */
  static fromBytes(bytes: Uint8Array): NativeMedia {
    const info = newInfo();
    const handle = open<"media">((media, error) =>
      native().vb_media_open_memory(bytes, bytes.byteLength, media, info, error),
    );
    return new NativeMedia(handle, new DataView(info.buffer), bytes);
  }

  static fromFile(path: string): NativeMedia {
    const info = newInfo();
    const file = cString(path, "path");
    const handle = open<"media">((media, error) => native().vb_media_open_file(file, media, info, error));
    return new NativeMedia(handle, new DataView(info.buffer), path);
  }

  /**
   * The next samples, at most `capacity` per plane: one plane with the mean of the channels, or one for each, and the same in every call.
   * Empty at the end.
   */
  read(channels: "mono" | "separate", capacity: number): Float32Array<ArrayBuffer>[] {
    if (this.#handle === undefined) return [];
    const handle = this.#handle;
    const planes = channels === "mono" ? 1 : this.info.channels;
    const samples = new Float32Array(planes * capacity);
    const count = new BigUint64Array(1);
    call((error) => native().vb_media_read(handle, channels === "mono" ? 1 : 0, samples, capacity, count, error));
    const length = Number(count[0]);
    if (length === 0) return [];
    return Array.from({ length: planes }, (_, plane) => samples.subarray(plane * capacity, plane * capacity + length));
  }

  /** Samples so far that were no numbers, or beyond any loudness, and were read as silence. */
  get repaired(): number {
    return this.#handle === undefined ? 0 : Number(native().vb_media_repaired(this.#handle));
  }

  /** Gives the memory back; reading on gives nothing. */
  close(): void {
    if (this.#handle === undefined) return;
    native().vb_media_free(this.#handle);
    this.#handle = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function newInfo(): Uint8Array<ArrayBuffer> {
  const info = new Uint8Array(MEDIA_INFO_BYTES);
  new DataView(info.buffer).setUint32(0, MEDIA_INFO_BYTES, true);
  return info;
}
