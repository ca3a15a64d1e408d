/**
 * Any media as 16 kHz float PCM: the one door of this folder. Plain 16 kHz WAV is taken as it lies; WAV, MP3, FLAC and Ogg Vorbis go
 * through the decoder process; everything else through ffmpeg. What comes out is read block by block, and nothing outlives its reading.
 */
import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import { toVerbatimError } from "../error.ts";
import type { Log } from "../log/log.ts";
import { type BlockSource, Reading, toOpenMedia } from "./block-source.ts";
import { type Bytes, openBytes } from "./bytes.ts";
import { FFMPEG_PATIENCE, Ffmpeg, type FfmpegPatience, type FfmpegStdin } from "./ffmpeg.ts";
import type { FfmpegInput } from "./ffmpeg-arguments.ts";
import { type FfmpegSources, ffmpegMissing, findFfmpeg } from "./find-ffmpeg.ts";
import { type Format, formats } from "./formats.ts";
import { DECODER_PATIENCE, type DecoderPatience, LibraryDecoder } from "./library.ts";
import type { MediaOptions, MediaSource, MediaStream, OpenMedia, StreamOptions } from "./media.ts";
import { checkRaw } from "./raw.ts";
import { openPlainWav, openRaw } from "./raw-file.ts";
import { sniff } from "./sniff.ts";
import { PushedMedia } from "./stream.ts";

/** Makes a file of ours, mode 0600, for bytes that ffmpeg must seek in; whoever asks for it removes it. */
interface Spool {
  create(): Promise<{ path: string; handle: { writeFile(bytes: Uint8Array): Promise<void>; close(): Promise<void> } }>;
}

export interface AudioSettings {
  ffmpeg: FfmpegSources;
  spool: Spool;
  /** Longest audio, in seconds; a day unless given. */
  mostSeconds?: number;
  patience?: { decoder?: DecoderPatience; ffmpeg?: FfmpegPatience };
}

export interface Audio {
  /**
   * Opens media, recognised by its bytes. Rejects with `bad-audio` and what is wrong with it, `bad-parameter` for a raw encoding that
   * cannot be, `cancelled`; reading its blocks rejects with these too, and with `too-large`.
   */
  openMedia(source: MediaSource, options: MediaOptions): Promise<OpenMedia>;
  /** Opens media whose bytes are pushed as they come, as a live session gets them. What is wrong with them is said by its blocks. */
  openStream(options: StreamOptions): MediaStream;
  /** Ends the decoder process. */
  close(): Promise<void>;
}

const DAY = 86_400;

/** Makes the decoders ready to be used; processes are started when they are needed. */
export function openAudio(settings: AudioSettings, log: Log): Audio {
  const library = new LibraryDecoder(log, settings.patience?.decoder ?? DECODER_PATIENCE);
  const { mostSeconds: seconds = DAY } = settings;

  async function openMedia(source: MediaSource, { raw, channels, signal }: MediaOptions): Promise<OpenMedia> {
    if (signal?.aborted) throw toVerbatimError(signal.reason);
    if (raw) checkRaw(raw);
    const bytes = await openBytes(source);
    let blocks: BlockSource;
    try {
      blocks = raw ? openRaw(bytes, raw, channels) : await openFile(bytes, channels);
    } catch (thrown) {
      await bytes.close();
      throw thrown;
    }
    return await toOpenMedia(blocks, { seconds, signal });
  }

  async function openFile(bytes: Bytes, channels: MediaOptions["channels"]): Promise<BlockSource> {
    const format = await sniff(bytes);
    const plain = format === formats.wav ? await openPlainWav(bytes, channels) : undefined;
    if (plain) return plain;
    await bytes.close();
    if (format.decoder === "library") return library.open(bytes.source, format, channels);
    return await openWithFfmpeg(bytes.source, format, channels);
  }

  async function openWithFfmpeg(
    source: MediaSource,
    format: Format,
    channels: MediaOptions["channels"],
  ): Promise<BlockSource> {
    const input = { format, channels };
    if (!format.seeks) return startFfmpeg(input, "path" in source ? Bun.file(source.path) : source.bytes);
    if ("path" in source) return startFfmpeg({ ...input, path: resolve(source.path) }, "ignore");
    const { path, remove } = await spool(source.bytes);
    try {
      return startFfmpeg({ ...input, path }, "ignore", remove);
    } catch (thrown) {
      await remove();
      throw thrown;
    }
  }

  function startFfmpeg(input: FfmpegInput, stdin: FfmpegStdin, released?: () => Promise<void>): Ffmpeg {
    const patience = settings.patience?.ffmpeg ?? FFMPEG_PATIENCE;
    let program: string | undefined;
    try {
      program = findFfmpeg(settings.ffmpeg);
      if (program !== undefined) return new Ffmpeg(program, input, { stdin, patience, ...(released && { released }) });
    } catch (cause) {
      // Which path that is, is the operator's to know.
      log.error("ffmpeg cannot be started", { program, error: cause });
      throw ffmpegMissing(input.format, { cause });
    }
    throw ffmpegMissing(input.format);
  }

  async function spool(bytes: Uint8Array): Promise<{ path: string; remove: () => Promise<void> }> {
    const { path, handle } = await settings.spool.create();
    const remove = () => rm(path, { force: true });
    try {
      await handle.writeFile(bytes).finally(() => handle.close());
    } catch (thrown) {
      await remove();
      throw thrown;
    }
    return { path, remove };
  }

  function openStream(options: StreamOptions): MediaStream {
    const { channels } = options;
    const media = new PushedMedia(channels, (format) => startFfmpeg({ format, channels, live: true }, "pipe"));
    const reading = new Reading(media, { seconds, signal: options.signal });
    return {
      get format() {
        return media.format;
      },
      get given() {
        return media.given;
      },
      push: (bytes) => media.push(bytes),
      end: () => media.end(),
      blocks: reading.blocks(),
      close: () => reading.close(),
    };
  }

  return { openMedia, openStream, close: () => library.close() };
}
