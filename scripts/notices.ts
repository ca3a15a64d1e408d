/** The licences of everything that an executable carries, as one text: `verbatim licenses` prints it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.ts";
import { shippedPackages } from "./shipped.ts";

interface Work {
  name: string;
  what: string;
  licence: string;
  home: string;
  /** Whose it is, where the licence's text is the usual one of that name. */
  copyright?: string;
  /** A file with the licence's own words, from the checkout's root. */
  file?: string;
}

const whisper = "node_modules/nodejs-whisper/cpp/whisper.cpp";

/** What comes from no npm package, or from one that does not carry its licence. */
const works: readonly Work[] = [
  {
    name: "whisper.cpp and ggml",
    what: "speech recognition",
    licence: "MIT",
    home: "https://github.com/ggml-org/whisper.cpp",
    file: `${whisper}/LICENSE`,
  },
  {
    name: "Whisper's weights (base.en)",
    what: "the default model, converted and quantised",
    licence: "MIT",
    home: "https://github.com/openai/whisper",
    copyright: "Copyright (c) 2022 OpenAI",
  },
  {
    name: "Silero VAD",
    what: "the voice-activity model",
    licence: "MIT",
    home: "https://github.com/snakers4/silero-vad",
    copyright: "Copyright (c) 2020-present Silero Team",
  },
  {
    name: "ONNX Runtime",
    what: "runs the voice-activity model",
    licence: "MIT",
    home: "https://github.com/microsoft/onnxruntime (its ThirdPartyNotices.txt lists what it contains)",
    copyright: "Copyright (c) Microsoft Corporation",
  },
  {
    name: "miniaudio, dr_flac, dr_wav, minimp3",
    what: "audio decoders",
    licence: "public domain (Unlicense), or MIT No Attribution",
    home: "https://github.com/mackron/miniaudio",
  },
  {
    name: "stb_vorbis",
    what: "audio decoder",
    licence: "public domain (Unlicense), or MIT",
    home: "https://github.com/nothings/stb",
  },
  {
    name: "libstdc++ and libgcc_s",
    what: "GCC's C++ library, for Linux systems that have none",
    licence: "GPL-3.0 with the GCC Runtime Library Exception 3.1, which lets programs under any licence carry it",
    home: "https://gcc.gnu.org/onlinedocs/libstdc++/manual/license.html",
    copyright: "Copyright (c) Free Software Foundation, Inc.",
  },
  {
    name: "Bun",
    what: "the JavaScript runtime of the executable",
    licence: "MIT; contains JavaScriptCore (LGPL-2.0) and others",
    home: "https://bun.com/docs/project/license (what it contains, and how to link it again)",
    copyright: "Copyright (c) Oven (oven.sh)",
  },
];

/** Not in an executable unless it was built with `--wake-words`. */
const wakeWords: Work = {
  name: "openWakeWord's models",
  what: "wake words",
  licence: "CC BY-NC-SA 4.0: no commercial use",
  home: "https://github.com/dscripka/openWakeWord",
  copyright: "Copyright (c) David Scripka",
};

/** Not in a slim executable. */
const ffmpeg: Work = {
  name: "FFmpeg",
  what: "decodes what libverbatim does not; a program of its own, built without anything of the GPL by native/ffmpeg.sh from Debian's source package",
  licence: "LGPL-2.1-or-later",
  home: "https://ffmpeg.org (source: https://sources.debian.org/src/ffmpeg/)",
  file: "build/ffmpeg/COPYING.LGPLv2.1",
};

const rule = `\n${"=".repeat(100)}\n`;

/** The text for an executable of this flavour. */
export function notices(withWakeWords: boolean): string {
  const usual = readFileSync(join(root, "LICENSE"), "utf8");
  const terms = usual.slice(usual.indexOf("Permission is hereby"));
  const own = `Verbatim\n\n${usual.trim()}\n`;
  const hasFfmpeg = existsSync(join(root, ffmpeg.file ?? ""));
  const parts = [...works, ...(hasFfmpeg ? [ffmpeg] : []), ...(withWakeWords ? [wakeWords] : [])].map(
    ({ name, what, licence, home, copyright, file }) => {
      const words = file
        ? readFileSync(join(root, file), "utf8")
        : licence.startsWith("MIT")
          ? `${copyright}\n\n${terms}`
          : copyright;
      return `${name}: ${what}\n${home}\nLicence: ${licence}\n${words ? `\n${words.trim()}\n` : ""}`;
    },
  );
  const packages = shippedPackages(["swagger-ui-dist"]).map(({ name, version, licence, folder }) => {
    const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file));
    const words = texts.map((file) => readFileSync(join(folder, file), "utf8").trim());
    return `${name} ${version}\nLicence: ${licence}\n\n${words.join("\n\n")}\n`;
  });
  return [own, ...parts, ...packages].join(rule);
}
