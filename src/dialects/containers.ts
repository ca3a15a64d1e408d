/** Whether bytes begin a file rather than bare samples: asked where a protocol knows no other sign. */

/** Marks that no bare sample stream begins with but by accident: four bytes or more. */
const MARKS: readonly (readonly [offset: number, mark: string])[] = [
  [0, "\x1aE\xdf\xa3"],
  [0, "OggS"],
  [0, "RIFF"],
  [0, "fLaC"],
  [4, "ftyp"],
];

/** Whether a message begins with the head of a container. */
export function beginsContainer(bytes: Uint8Array): boolean {
  return MARKS.some(([offset, mark]) => markAt(bytes, offset) === mark);
}

/** Whether a message is a whole file: only WAV says its size, the others are taken at their sender's word. */
export function isWholeContainer(bytes: Uint8Array): boolean {
  if (!beginsContainer(bytes)) return false;
  if (markAt(bytes, 0) !== "RIFF") return true;
  if (bytes.length < 8) return false;
  const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, true);
  // Programs that write to a pipe leave the size empty or at its largest.
  return size > 0 && size + 8 <= bytes.length;
}

function markAt(bytes: Uint8Array, offset: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1", offset, offset + 4);
}
