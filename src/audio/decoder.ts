/**
 * `verbatim decoder`: the process in which the library decodes media files, so that bytes of strangers never meet third-party decoders
 * in the server itself. It does what it is asked, one thing after the other, and ends when stdin closes.
 */
import { toVerbatimError, VerbatimError } from "../error.ts";
import { type Frame, FrameDecoder, frameHeader, jsonOf, pcmBytes } from "../ipc/frames.ts";
import { NativeMedia } from "../native/media.ts";
import { answer, ask, type Ended, type Failed, type Opened, type OpenRequest } from "./decoder-wire.ts";
import { SAMPLE_RATE } from "./resample.ts";

/** Seconds of one block: long enough that asking costs nothing, short enough that nobody waits for another file's. */
const BLOCK_SECONDS = 4;

/** Floats of one block of many channels: a frame has its limits. */
const MOST_FLOATS = 2 ** 21;

/** Runs a decoder process to its end; the answer is its exit code. */
export async function runDecoder(_argv: readonly string[]): Promise<number> {
  // A terminal's Ctrl-C reaches every process of the group; this one serves the server's last requests, and ends with it.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  const decoder = new Decoder();
  const frames = new FrameDecoder(Object.values(ask));
  decoder.ready();
  for await (const chunk of Bun.stdin.stream()) for (const frame of frames.push(chunk)) decoder.take(frame);
  return 0;
}

interface Opening {
  bytes: Uint8Array;
  filled: number;
  channels: OpenRequest["channels"];
}

interface Reading {
  media: NativeMedia;
  channels: OpenRequest["channels"];
}

class Decoder {
  readonly #stdout = Bun.stdout.writer();
  readonly #opening = new Map<number, Opening>();
  readonly #reading = new Map<number, Reading>();

  ready(): void {
    this.#send(answer.ready, 0);
  }

  take(frame: Frame): void {
    const { job } = frame;
    try {
      if (frame.type === ask.open) this.#open(job, jsonOf(frame) as OpenRequest);
      else if (frame.type === ask.bytes) this.#fill(job, frame.payload);
      else if (frame.type === ask.pull) this.#pull(job);
      else this.#close(job);
    } catch (thrown) {
      this.#close(job);
      const error = toVerbatimError(thrown);
      this.#json(answer.failed, job, { code: error.code, message: error.message } satisfies Failed);
    }
  }

  #open(job: number, request: OpenRequest): void {
    const { channels } = request;
    if ("path" in request) this.#begin(job, NativeMedia.fromFile(request.path), channels);
    else this.#opening.set(job, { bytes: new Uint8Array(request.size), filled: 0, channels });
  }

  #fill(job: number, bytes: Uint8Array): void {
    const opening = this.#opening.get(job);
    if (!opening) return;
    opening.bytes.set(bytes, opening.filled);
    opening.filled += bytes.length;
    if (opening.filled < opening.bytes.length) return;
    this.#opening.delete(job);
    this.#begin(job, NativeMedia.fromBytes(opening.bytes), opening.channels);
  }

  #begin(job: number, media: NativeMedia, channels: OpenRequest["channels"]): void {
    this.#reading.set(job, { media, channels });
    const { info } = media;
    this.#json(answer.opened, job, {
      channels: info.channels,
      ...(info.frames > 0 && { duration: info.frames / info.rate }),
    } satisfies Opened);
  }

  #pull(job: number): void {
    const reading = this.#reading.get(job);
    if (!reading) throw new VerbatimError("internal", "This file is not open.");
    const { media, channels } = reading;
    const count = channels === "mono" ? 1 : media.info.channels;
    const planes = media.read(channels, Math.min(BLOCK_SECONDS * SAMPLE_RATE, Math.floor(MOST_FLOATS / count)));
    if (planes.length > 0) this.#send(answer.block, job, ...planes.map(pcmBytes));
    else this.#json(answer.end, job, { repaired: media.repaired } satisfies Ended);
  }

  #close(job: number): void {
    this.#opening.delete(job);
    this.#reading.get(job)?.media.close();
    this.#reading.delete(job);
  }

  #json(type: number, job: number, value: object): void {
    this.#send(type, job, new TextEncoder().encode(JSON.stringify(value)));
  }

  #send(type: number, job: number, ...payload: Uint8Array[]): void {
    const size = payload.reduce((sum, part) => sum + part.byteLength, 0);
    this.#stdout.write(frameHeader(type, job, size));
    for (const part of payload) this.#stdout.write(part);
    // Nobody listens any more when this fails; stdin closes too, and that is where it is noticed.
    Promise.resolve(this.#stdout.flush()).catch(() => {});
  }
}
