/** What ffmpeg is told: one input of one forced format, its first sound, 16 kHz floats in a WAV on stdout. */
import type { Format } from "./formats.ts";
import type { MediaOptions } from "./media.ts";

/**
 * swresample with the filter of native/src/resample.cpp, as nearly as it can be said to it: a Kaiser window (beta 10: 100 dB) over
 * 128 taps at 16 kHz, pass-band to 7.3 kHz, stop-band from 8 kHz. soxr is no better here, and builds may lack it.
 * `async` puts silence where the timestamps leave a gap and cuts where they overlap; `first_pts` keeps a late start late: times must
 * be those of the video.
 */
const RESAMPLE =
  "aresample=16000:async=1:first_pts=0:filter_type=kaiser:kaiser_beta=10:filter_size=128:phase_shift=10:cutoff=0.955";

/** Bytes of one allocation: headers that claim more are lies. */
const MOST_ALLOCATED = 256 * 1024 * 1024;

export interface FfmpegInput {
  format: Format;
  /** A file, where the format wants to seek; stdin otherwise. */
  path?: string | undefined;
  channels: MediaOptions["channels"];
  /** Sound is wanted as soon as it comes in. */
  live?: boolean | undefined;
}

export function ffmpegArguments({ format, path, channels, live }: FfmpegInput): string[] {
  return [
    ...["-nostdin", "-hide_banner", "-nostats", "-loglevel", "level+info", "-max_alloc", `${MOST_ALLOCATED}`],
    // (`-fflags nobuffer` would throw away what was read to recognise the codec: a second of MP3.)
    ...(live ? ["-probesize", "16384", "-analyzeduration", "0"] : []),
    // Nothing else can be opened, whatever the file says; and the forced format keeps texts from becoming playlists.
    ...["-protocol_whitelist", path === undefined ? "pipe" : "file"],
    ...["-threads", "1", "-f", format.demuxer, "-i", path === undefined ? "pipe:0" : `file:${path}`],
    ...["-map", "0:a:0", "-map_metadata", "-1", "-vn", "-sn", "-dn"],
    ...["-af", channels === "mono" ? `${RESAMPLE},aformat=channel_layouts=mono` : RESAMPLE],
    // Packets are of 1.5 kB: each on its own would wake the server three times as often as there is anything to do.
    ...["-threads", "1", "-c:a", "pcm_f32le", "-bitexact", "-flush_packets", live ? "1" : "0"],
    ...["-f", "wav", "pipe:1"],
  ];
}
