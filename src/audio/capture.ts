/** Sound as it is made: from a microphone, or from a file or a pipe that is played as if it were one. */
import { VerbatimError } from "../error.ts";
import { CaptureProcess, listDevices } from "./capture-process.ts";
import { type CaptureDevice, captureSystem } from "./capture-systems.ts";
import { type FfmpegSources, findFfmpeg, installFfmpeg } from "./find-ffmpeg.ts";
import type { MediaStream, OpenMedia } from "./media.ts";
import type { Audio } from "./open.ts";
import { SAMPLE_RATE } from "./resample.ts";

export type CaptureSource =
  /** A microphone; the system's default when it is undefined. */
  | { device: string | undefined }
  /** Any media file. */
  | { file: string; realtime: boolean }
  /** Any media, as its bytes come. */
  | { pipe: AsyncIterable<Uint8Array>; realtime: boolean };

export interface CaptureSettings {
  audio: Pick<Audio, "openMedia" | "openStream">;
  ffmpeg: FfmpegSources;
}

export interface Capture {
  /** 16 kHz, one channel, in pieces of up to some seconds. What is wrong with the source is said here. */
  blocks: AsyncIterable<Float32Array>;
  /** Ends the blocks. Not needed where they are read to their end. */
  close(): Promise<void>;
}

/**
 * Opens a source of live sound. Rejects with `bad-audio` and why there is none. A source that is paced gives its sound when a microphone
 * would have heard it, in pieces of 20 ms; a microphone that nobody reads loses sound once its buffers are full.
 */
export async function openCapture(source: CaptureSource, settings: CaptureSettings): Promise<Capture> {
  if ("device" in source) return openMicrophone(source.device, settings.ffmpeg);
  const stop = new AbortController();
  if ("file" in source) {
    const media = await settings.audio.openMedia({ path: source.file }, { channels: "mono" });
    return played(media, source.realtime, stop);
  }
  const stream = settings.audio.openStream({ channels: "mono" });
  void feed(source.pipe, stream, stop.signal);
  return played(stream, source.realtime, stop);
}

function played(media: Pick<OpenMedia, "blocks" | "close">, isPaced: boolean, stop: AbortController): Capture {
  const blocks = firstChannel(media.blocks);
  return {
    blocks: isPaced ? paced(blocks, stop.signal) : blocks,
    async close() {
      stop.abort();
      await media.close();
    },
  };
}

/** The devices of this machine that sound can be captured from. */
export async function captureDevices(sources: FfmpegSources): Promise<CaptureDevice[]> {
  return await listDevices(captureProgram(sources), captureSystem());
}

async function openMicrophone(named: string | undefined, sources: FfmpegSources): Promise<Capture> {
  const program = captureProgram(sources);
  const system = captureSystem();
  // DirectShow alone has no word for the default.
  const device = named ?? (system === "dshow" ? (await listDevices(program, system))[0]?.name : undefined);
  if (system === "dshow" && device === undefined)
    throw new VerbatimError("bad-audio", "The microphone cannot be opened. There is none here.");
  const capture = new CaptureProcess(program, system, device);
  return { blocks: capture.blocks(), close: () => capture.close() };
}

function captureProgram(sources: FfmpegSources): string {
  const program = findFfmpeg(sources);
  if (program !== undefined) return program;
  throw new VerbatimError(
    "bad-audio",
    `Microphones are read by ffmpeg, which is not installed here. ${installFfmpeg()}`,
    {
      reason: "no-ffmpeg",
    },
  );
}

async function* firstChannel(blocks: AsyncIterable<Float32Array[]>): AsyncGenerator<Float32Array> {
  for await (const [plane] of blocks) if (plane !== undefined) yield plane;
}

/** Passes bytes on, no faster than they are taken. A pipe that breaks ends the sound. */
async function feed(pipe: AsyncIterable<Uint8Array>, stream: MediaStream, stop: AbortSignal): Promise<void> {
  try {
    for await (const bytes of pipe) {
      if (stop.aborted) return;
      await stream.push(bytes);
    }
  } catch {
    // What came before it is still heard.
  } finally {
    stream.end();
  }
}

/** Samples of 20 ms. */
const FRAME = SAMPLE_RATE / 50;

/** Gives sound out in pieces of 20 ms, each when its last sample would have been heard, by a clock that begins with the first. */
export async function* paced(blocks: AsyncIterable<Float32Array>, stop?: AbortSignal): AsyncGenerator<Float32Array> {
  let began: number | undefined;
  let given = 0;
  for await (const block of blocks) {
    began ??= performance.now();
    for (let at = 0; at < block.length; at += FRAME) {
      const piece = block.subarray(at, at + FRAME);
      given += piece.length;
      const wait = began + (given * 1000) / SAMPLE_RATE - performance.now();
      if (wait > 0) await Bun.sleep(wait);
      if (stop?.aborted) return;
      yield piece;
    }
  }
}
