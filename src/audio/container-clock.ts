/** How much sound a container holds, read from its own times as its bytes come: what its decoder can give of them, and will. */
import { type Format, formats } from "./formats.ts";
import { MatroskaClock } from "./matroska-clock.ts";
import { OggClock } from "./ogg-clock.ts";

export interface ContainerClock {
  /** Takes the next bytes, cut anywhere. */
  push(bytes: Uint8Array): void;
  /** Seconds up to the end of the last packet that is there as a whole; undefined when that cannot be known. */
  readonly seconds: number | undefined;
}

/** The clock of a format; undefined for one whose times are not read here. */
export function clockOf({ demuxer }: Format): ContainerClock | undefined {
  if (demuxer === formats.webm.demuxer) return new MatroskaClock();
  return demuxer === formats.ogg.demuxer ? new OggClock() : undefined;
}

/** Bytes that came and were not enough, before those that come. */
export function appended(rest: Uint8Array, bytes: Uint8Array): Uint8Array {
  return rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
}
