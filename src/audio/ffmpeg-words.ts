/** What ffmpeg says on stderr, and what that means for the person who sent the file: paths never get through, and neither do tags. */
import { VerbatimError } from "../error.ts";
import type { Format } from "./formats.ts";

const meanings: readonly [RegExp, (file: string) => string][] = [
  [/matches no streams|does not contain any stream/i, (file) => `${file} has no sound in it.`],
  [/moov atom not found/i, (file) => `${file} has no index (moov): it is cut off, or its recording was broken off.`],
  [
    /Decoder .*not found|Decoder \(codec .*\) not found|unknown codec|no decoder/i,
    (file) => `${file} holds a codec that this ffmpeg cannot decode.`,
  ],
  [
    /Unknown input format/i,
    (file) => `This ffmpeg was built without the reader for ${file.toLowerCase().replace(/^this /, "such a ")}.`,
  ],
  [
    /Could not find codec parameters|Cannot determine format/i,
    (file) => `${file} does not say how its sound is coded.`,
  ],
  [/encrypted|DRM/i, (file) => `${file} is encrypted.`],
];

/** Why nothing came out. */
export function ffmpegFailure(format: Format, complaints: string): VerbatimError {
  const file = format.title.replace(/^an? /, "This ");
  const meaning = meanings.find(([pattern]) => pattern.test(complaints));
  const message = meaning ? meaning[1](file) : `${file} cannot be decoded: it is damaged or cut off.`;
  return new VerbatimError("bad-audio", message, { cause: new Error(complaints) });
}

/** Complaints that are kept, in characters: the first tell the reason. */
const MOST_COMPLAINTS = 4096;

/** The duration is said before the first sound comes, but on another pipe: it may be read a moment later. */
const DURATION_PATIENCE = 20;

/** Reads stderr to its end, line by line, so that ffmpeg never waits for a reader. */
export class FfmpegWords {
  readonly #duration = Promise.withResolvers<number | undefined>();
  readonly #read: Promise<void>;
  #complaints = "";

  constructor(stderr: ReadableStream<Uint8Array>) {
    this.#read = this.#listen(stderr);
  }

  /** Seconds, when the container told them. */
  duration(): Promise<number | undefined> {
    return Promise.race([this.#duration.promise, Bun.sleep(DURATION_PATIENCE).then(() => undefined)]);
  }

  /** What was said at level error and above. Resolves when ffmpeg is gone. */
  async complaints(): Promise<string> {
    await this.#read;
    return this.#complaints;
  }

  async #listen(stderr: ReadableStream<Uint8Array>): Promise<void> {
    const text = new TextDecoder();
    let rest = "";
    for await (const chunk of stderr) {
      const lines = (rest + text.decode(chunk, { stream: true })).split("\n");
      rest = (lines.pop() ?? "").slice(0, MOST_COMPLAINTS);
      for (const line of lines) this.#hear(line);
    }
    this.#hear(rest);
    this.#duration.resolve(undefined);
  }

  #hear(line: string): void {
    const duration = /^\[info\]\s+Duration: (?:(\d+):(\d\d):(\d\d\.\d+)|N\/A)/.exec(line);
    if (duration) {
      const [, hours, minutes, seconds] = duration.map(Number);
      this.#duration.resolve(
        hours === undefined || Number.isNaN(hours) ? undefined : hours * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0),
      );
    }
    if (/\[(error|fatal|panic)\]/.test(line) && this.#complaints.length < MOST_COMPLAINTS)
      this.#complaints += `${line}\n`;
  }
}
