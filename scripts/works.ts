/** What an executable carries that comes from no npm package, or from one that does not carry its licence. */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./setup.ts";

export interface Work {
  name: string;
  what: string;
  /** For people. */
  licence: string;
  /** The same as an SPDX expression. */
  spdx: string;
  version?: string;
  home: string;
  /** Whose it is, where the licence's text is the usual one of that name. */
  copyright?: string;
  /** A file with the licence's own words, from the checkout's root. */
  file?: string;
}

const whisper = "node_modules/nodejs-whisper/cpp/whisper.cpp";

/** A version that another file of the checkout decides. */
function pinned(file: string, pattern: RegExp): string {
  const version = pattern.exec(readFileSync(join(root, file), "utf8"))?.[1];
  if (!version) throw new Error(`${file} names no version.`);
  return version;
}

const works: readonly Work[] = [
  {
    name: "whisper.cpp and ggml",
    version: pinned("native/build.sh", /^upstream_version=(.*)$/m),
    what: "speech recognition",
    licence: "MIT",
    spdx: "MIT",
    home: "https://github.com/ggml-org/whisper.cpp",
    file: `${whisper}/LICENSE`,
  },
  {
    name: "Silero VAD",
    version: "6",
    what: "the voice-activity model",
    licence: "MIT",
    spdx: "MIT",
    home: "https://github.com/snakers4/silero-vad",
    copyright: "Copyright (c) 2020-present Silero Team",
  },
  {
    name: "ONNX Runtime",
    version: pinned("package.json", /"onnxruntime-node": "(.*)"/),
    what: "runs the voice-activity model",
    licence: "MIT",
    spdx: "MIT",
    home: "https://github.com/microsoft/onnxruntime (its ThirdPartyNotices.txt lists what it contains)",
    copyright: "Copyright (c) Microsoft Corporation",
  },
  {
    name: "miniaudio, dr_flac, dr_wav, minimp3",
    what: "audio decoders",
    licence: "public domain (Unlicense), or MIT No Attribution",
    spdx: "Unlicense OR MIT-0",
    home: "https://github.com/mackron/miniaudio",
  },
  {
    name: "stb_vorbis",
    what: "audio decoder",
    licence: "public domain (Unlicense), or MIT",
    spdx: "Unlicense OR MIT",
    home: "https://github.com/nothings/stb",
  },
  {
    name: "libstdc++ and libgcc_s",
    what: "GCC's C++ library, for Linux systems that have none",
    licence: "GPL-3.0 with the GCC Runtime Library Exception 3.1, which lets programs under any licence carry it",
    spdx: "GPL-3.0-or-later WITH GCC-exception-3.1",
    home: "https://gcc.gnu.org/onlinedocs/libstdc++/manual/license.html",
    copyright: "Copyright (c) Free Software Foundation, Inc.",
  },
  {
    name: "Bun",
    version: Bun.version,
    what: "the JavaScript runtime of the executable",
    licence: "MIT; contains JavaScriptCore (LGPL-2.0) and others",
    spdx: "MIT AND LGPL-2.0-or-later",
    home: "https://bun.com/docs/project/license (what it contains, and how to link it again)",
    copyright: "Copyright (c) Oven (oven.sh)",
  },
];

/** Not in a slim executable. */
const weights: Work = {
  name: "Whisper's weights (base.en)",
  what: "the default model, converted and quantised",
  licence: "MIT",
  spdx: "MIT",
  home: "https://github.com/openai/whisper",
  copyright: "Copyright (c) 2022 OpenAI",
};

/** Not in an executable unless it was built with `--wake-words`. */
const wakeWords: Work = {
  name: "openWakeWord's models",
  what: "wake words",
  licence: "CC BY-NC-SA 4.0: no commercial use",
  spdx: "CC-BY-NC-SA-4.0",
  home: "https://github.com/dscripka/openWakeWord",
  copyright: "Copyright (c) David Scripka",
};

/** Not in a slim executable. `folder` is what native/ffmpeg.sh has made. */
function ffmpeg(folder: string): Work {
  const read = (file: string) => readFileSync(join(folder, file), "utf8").trim();
  const source = read("source-package");
  return {
    name: "FFmpeg",
    version: source,
    what: "decodes what libverbatim does not; a program of its own, built by native/ffmpeg.sh with nothing of the GPL",
    licence: "LGPL-2.1-or-later",
    spdx: "LGPL-2.1-or-later",
    home: "https://ffmpeg.org",
    copyright: [
      `Its complete source is Debian's source package ffmpeg ${source}: "apt-get source ffmpeg=7:${source}" on Debian, or`,
      "https://snapshot.debian.org/package/ffmpeg/. The same files lie beside every release of this program, as ffmpeg-source.tar, and whoever",
      `has got the program may ask its publisher for them. It was configured with:\n\n${read("configuration")}`,
    ].join("\n"),
    file: join(relative(root, folder), "COPYING.LGPLv2.1"),
  };
}

/** What depends on how an executable was built. */
export interface Carried {
  /** The default model. */
  model: boolean;
  wakeWords: boolean;
  /** The folder that native/ffmpeg.sh has made. */
  ffmpeg: string | undefined;
}

/** The works in an executable. */
export function carriedWorks(carried: Carried): Work[] {
  return [
    ...works,
    ...(carried.model ? [weights] : []),
    ...(carried.ffmpeg ? [ffmpeg(carried.ffmpeg)] : []),
    ...(carried.wakeWords ? [wakeWords] : []),
  ];
}
