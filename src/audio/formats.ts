/** The formats that are known, and who decodes each. */

export interface Format {
  /** Our word for it, where we decode it; ffmpeg's name of the demuxer otherwise. */
  name: string;
  /** For people, with its article: "an Ogg Opus file". */
  title: string;
  /** `library`: libverbatim, needs nothing else. */
  decoder: "library" | "ffmpeg";
  /** ffmpeg's demuxer, forced so that it never guesses: a guess might make a playlist of a text. */
  demuxer: string;
  /** What is needed to begin comes late in the file, so that a pipe will not do. */
  seeks?: boolean;
}

const ffmpeg = (demuxer: string, title: string, seeks?: true): Format => ({
  name: demuxer,
  title,
  decoder: "ffmpeg",
  demuxer,
  ...(seeks && { seeks }),
});

const library = (name: string, title: string, demuxer: string): Format => ({
  name,
  title,
  decoder: "library",
  demuxer,
});

export const formats = {
  wav: library("wav", "a WAV file", "wav"),
  wave64: library("wav", "a Wave64 file", "w64"),
  mp3: library("mp3", "an MP3 file", "mp3"),
  flac: library("flac", "a FLAC file", "flac"),
  oggFlac: library("flac", "an Ogg FLAC file", "ogg"),
  vorbis: library("vorbis", "an Ogg Vorbis file", "ogg"),

  wavOther: ffmpeg("wav", "a WAV file with a compressed codec"),
  opus: ffmpeg("ogg", "an Ogg Opus file"),
  speex: ffmpeg("ogg", "an Ogg Speex file"),
  ogg: ffmpeg("ogg", "an Ogg file"),
  webm: ffmpeg("matroska", "a WebM file"),
  matroska: ffmpeg("matroska", "a Matroska file"),
  mp4: ffmpeg("mov", "an MP4 file"),
  m4a: ffmpeg("mov", "an M4A file"),
  quicktime: ffmpeg("mov", "a QuickTime file"),
  threegp: ffmpeg("mov", "a 3GP file"),
  aac: ffmpeg("aac", "an AAC file"),
  loas: ffmpeg("loas", "an AAC (LATM) file"),
  amr: ffmpeg("amr", "an AMR file"),
  aiff: ffmpeg("aiff", "an AIFF file"),
  au: ffmpeg("au", "an AU file"),
  caf: ffmpeg("caf", "a Core Audio file", true),
  asf: ffmpeg("asf", "a Windows Media (ASF) file"),
  avi: ffmpeg("avi", "an AVI file"),
  flv: ffmpeg("flv", "a Flash video"),
  mpeg: ffmpeg("mpeg", "an MPEG video"),
  mpegts: ffmpeg("mpegts", "an MPEG transport stream"),
  ac3: ffmpeg("ac3", "an AC-3 file"),
  eac3: ffmpeg("eac3", "an E-AC-3 file"),
  dts: ffmpeg("dts", "a DTS file"),
  wavpack: ffmpeg("wv", "a WavPack file"),
  ape: ffmpeg("ape", "a Monkey's Audio file"),
  tta: ffmpeg("tta", "a True Audio file"),
  tak: ffmpeg("tak", "a TAK file"),
  musepack: ffmpeg("mpc8", "a Musepack file"),
  musepack7: ffmpeg("mpc", "a Musepack file"),
  dsf: ffmpeg("dsf", "a DSD file"),
  realmedia: ffmpeg("rm", "a RealMedia file"),
  voc: ffmpeg("voc", "a Creative Voice file"),
  sphere: ffmpeg("nistsphere", "a NIST SPHERE file"),
} as const satisfies Record<string, Format>;
