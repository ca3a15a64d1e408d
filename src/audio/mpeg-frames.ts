/** The headers of MPEG audio (layers I to III) and of AAC in ADTS: two sync bytes prove nothing, so several frames must follow each other. */

/** Frames in a row that make it the format and no accident. */
const ROW = 3;

/** Junk that may lie before the first MP3 frame. */
const SEARCH = 4096;

/** kbit/s, ISO 11172-3 table 2.4.2.3 and ISO 13818-3: [version 1, lower rates][layer]. */
const bitrates: Record<string, readonly number[]> = {
  "1I": [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  "1II": [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  "1III": [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  "2I": [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  "2II": [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  "2III": [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
const rates = [44_100, 48_000, 32_000];

/** Whether frames of MPEG audio begin here, or soon. */
export function looksLikeMpegAudio(head: Uint8Array): boolean {
  for (let at = 0; at < Math.min(SEARCH, head.length - 4); at++)
    if (head[at] === 0xff && follows(head, at, mpegFrameSize, at === 0)) return true;
  return false;
}

/** Whether frames of ADTS begin here. */
export function looksLikeAdts(head: Uint8Array): boolean {
  return follows(head, 0, adtsFrameSize, true);
}

/** Frames in a row from here on; a file of fewer must end with one, and begin at the very start. */
function follows(
  head: Uint8Array,
  from: number,
  sizeOf: (head: Uint8Array, at: number) => number,
  atStart: boolean,
): boolean {
  let at = from;
  for (let frame = 0; frame < ROW; frame++) {
    if (frame > 0 && at >= head.length) return atStart;
    const size = sizeOf(head, at);
    if (size === 0) return false;
    at += size;
  }
  return true;
}

/** Bytes of the frame whose header is here; 0 when there is none. */
function mpegFrameSize(head: Uint8Array, at: number): number {
  const [, b = 0, c = 0] = head.subarray(at, at + 3);
  if (head[at] !== 0xff || (b & 0xe0) !== 0xe0) return 0;
  const version = (b >> 3) & 3; // 0: 2.5, 2: 2, 3: 1
  const layer = (b >> 1) & 3; // 3: I, 2: II, 1: III
  const rateIndex = (c >> 2) & 3;
  if (version === 1 || layer === 0 || rateIndex === 3) return 0;
  const name = (["", "III", "II", "I"] as const)[layer];
  const bitrate = bitrates[`${version === 3 ? 1 : 2}${name}`]?.[(c >> 4) - 1];
  if (bitrate === undefined) return 0;
  const rate = (rates[rateIndex] as number) / (version === 3 ? 1 : version === 2 ? 2 : 4);
  const padding = (c >> 1) & 1;
  if (layer === 3) return (Math.floor((12_000 * bitrate) / rate) + padding) * 4;
  const samples = layer === 1 && version !== 3 ? 72_000 : 144_000;
  return Math.floor((samples * bitrate) / rate) + padding;
}

function adtsFrameSize(head: Uint8Array, at: number): number {
  const [a, b = 0, , d = 0, e = 0, f = 0] = head.subarray(at, at + 6);
  if (a !== 0xff || (b & 0xf6) !== 0xf0) return 0;
  const size = ((d & 3) << 11) | (e << 3) | (f >> 5);
  return size > 7 ? size : 0;
}
