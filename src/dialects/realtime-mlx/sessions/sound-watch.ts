/** Notices a wrong sample rate by the sound: voices that are deeper than anybody's. */
import type { RawEncoding } from "../../../audio/media.ts";
import { sampleBytes, toFloats, toPlanes } from "../../../audio/pcm.ts";
import { SLOWED_SECONDS, soundsSlowed } from "../../../audio/slowed.ts";

/** Hz: what is declared as more cannot be a higher rate's. */
const HIGHEST = 24_000;
/** Stretches without a voice after which nobody is waited for. */
const MOST_LOOKS = 6;

export class SoundWatch {
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #looks = 0;

  /** Takes what has just come; gives a sentence, once, when the declared rate cannot be right. */
  add(bytes: Uint8Array, raw: RawEncoding): string | undefined {
    if (this.#looks >= MOST_LOOKS || raw.rate > HIGHEST) return undefined;
    this.#pieces.push(bytes.slice());
    this.#bytes += bytes.length;
    const wanted = SLOWED_SECONDS * raw.rate * sampleBytes(raw.encoding) * raw.channels;
    if (this.#bytes < wanted) return undefined;
    const isSlowed = slowed(Buffer.concat(this.#pieces).subarray(0, wanted), raw);
    this.#pieces = [];
    this.#bytes = 0;
    this.#looks = isSlowed === undefined ? this.#looks + 1 : MOST_LOOKS;
    return isSlowed ? sentence(raw) : undefined;
  }
}

/** The same for a whole recording. */
export function rateDoubt(bytes: Uint8Array, raw: RawEncoding): string | undefined {
  if (raw.rate > HIGHEST) return undefined;
  const second = raw.rate * sampleBytes(raw.encoding) * raw.channels;
  for (let look = 0; look < MOST_LOOKS; look++) {
    const stretch = bytes.subarray(look * SLOWED_SECONDS * second, (look + 1) * SLOWED_SECONDS * second);
    const isSlowed = slowed(stretch, raw);
    if (isSlowed !== undefined) return isSlowed ? sentence(raw) : undefined;
  }
  return undefined;
}

function slowed(bytes: Uint8Array, { encoding, rate, channels }: RawEncoding): boolean | undefined {
  const whole = bytes.length - (bytes.length % (sampleBytes(encoding) * channels));
  const [pcm = new Float32Array()] = toPlanes(toFloats(bytes.subarray(0, whole), encoding), channels, "mono");
  return soundsSlowed(pcm, rate);
}

function sentence({ rate }: RawEncoding): string {
  return `The audio is declared as ${rate} Hz and sounds as if it were played too slowly: it may have 44100 or 48000.`;
}
