/** Some seconds of speech that come with the program: what a new CPU variant is tried and measured with. */
import { assetFile } from "../assets/assets.ts";
import { SAMPLE_RATE } from "./settings.ts";

/** The first seconds of John F. Kennedy's "ask not what your country can do for you" (11 s, public domain). */
export async function sampleSpeech(seconds: number): Promise<Float32Array<ArrayBuffer>> {
  const bytes = await assetFile("speech", "jfk.wav").bytes();
  // 16-bit mono at 16 kHz, as the file is: little-endian samples after the header of its `data` chunk.
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf("data", 12, "latin1") + 8;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
  const count = Math.min(seconds * SAMPLE_RATE, view.byteLength >> 1);
  return Float32Array.from({ length: count }, (_, n) => view.getInt16(2 * n, true) / 0x8000);
}
