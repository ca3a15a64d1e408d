/** MP4, M4A, QuickTime and 3GP: which of them it is, and whether its index (`moov`) comes before the sound or after it. */
import { VerbatimError } from "../error.ts";
import type { Bytes } from "./bytes.ts";
import { type Format, formats } from "./formats.ts";

/** Files have a handful of atoms; fragmented ones that have no end have two for each fragment, but begin with their index. */
const MOST_ATOMS = 1000;

export async function quicktimeFormat(bytes: Bytes): Promise<Format> {
  let format: Format = formats.quicktime;
  let sound = false;
  for (let at = 0, count = 0; at + 8 <= bytes.size && count < MOST_ATOMS; count++) {
    const head = await bytes.read(at, 16);
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const name = String.fromCharCode(...head.subarray(4, 8));
    if (name === "ftyp") format = branded(String.fromCharCode(...head.subarray(8, 12)));
    if (name === "moov") return sound ? { ...format, seeks: true } : format;
    if (name === "mdat") sound = true;
    let size = view.getUint32(0);
    if (size === 1 && head.length === 16) size = Number(view.getBigUint64(8));
    if (size === 0) break; // to the end of the file
    if (size < 8) break;
    at += size;
  }
  const title = `${format.title.charAt(0).toUpperCase()}${format.title.slice(1)}`;
  throw new VerbatimError(
    "bad-audio",
    `${title} without its index (moov): it is cut off, or its recording was broken off.`,
  );
}

function branded(brand: string): Format {
  if (brand.startsWith("M4A") || brand.startsWith("M4B")) return formats.m4a;
  if (brand.startsWith("qt")) return formats.quicktime;
  if (brand.startsWith("3g")) return formats.threegp;
  return formats.mp4;
}
