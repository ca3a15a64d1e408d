/**
 * Some clients declare raw audio and send a WAV file. Its header would be heard as a click, so it is left out; what the client declared of the
 * samples holds all the same.
 */

/** Headers are far shorter; what is longer is no header. */
const LONGEST = 65_536;

export class WavHeader {
  #head: Uint8Array | undefined = new Uint8Array();

  /** The stream's bytes as they come → the same without a header at their beginning. */
  strip(bytes: Uint8Array): Uint8Array {
    if (this.#head === undefined) return bytes;
    const head = Buffer.concat([this.#head, bytes]);
    const samplesAt = dataStart(head);
    if (samplesAt === undefined && head.length < LONGEST) {
      this.#head = head;
      return new Uint8Array();
    }
    this.#head = undefined;
    return head.subarray(samplesAt ?? 0);
  }
}

/** Where the samples begin; undefined: more bytes will tell. */
function dataStart(head: Buffer): number | undefined {
  for (const [at, mark] of [
    [0, "RIFF"],
    [8, "WAVE"],
  ] as const) {
    const given = head.toString("latin1", at, at + 4);
    if (given !== mark.slice(0, given.length)) return 0;
    if (given.length < 4) return undefined;
  }
  for (let at = 12; at + 8 <= head.length; ) {
    const size = head.readUInt32LE(at + 4);
    if (head.toString("latin1", at, at + 4) === "data") return at + 8;
    at += 8 + size + (size % 2);
  }
  return undefined;
}
