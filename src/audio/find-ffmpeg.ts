/** Where ffmpeg is, and what to say when it is nowhere. */
import { accessSync, constants, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { VerbatimError } from "../error.ts";
import type { Format } from "./formats.ts";

export interface FfmpegSources {
  /** The path of the setting. */
  configured?: string | undefined;
  /** One that the executable carries, extracted when it is first asked for. */
  embedded?: (() => string | undefined) | undefined;
}

/** The program to run: the configured one, else the embedded, the `ffmpeg-static` package's, or the one on PATH. */
export function findFfmpeg({ configured, embedded }: FfmpegSources): string | undefined {
  if (configured !== undefined) {
    if (isProgram(configured)) return configured;
    throw new VerbatimError("bad-audio", `The setting \`ffmpeg\` names no program that can be run: ${configured}.`);
  }
  return embedded?.() ?? fromPackage() ?? which("ffmpeg") ?? undefined;
}

/** What a person is told who sent a file that only ffmpeg decodes: there is none, or the one that is named does not run. */
export function ffmpegMissing({ title }: Format, broken?: { cause: unknown }): VerbatimError {
  const kind = `${title.charAt(0).toUpperCase()}${title.slice(1)}`;
  const why = broken
    ? "is decoded by ffmpeg, and the one that is set up here does not run. The setting `ffmpeg` names its path."
    : `is decoded by ffmpeg, which is not installed here. ${installFfmpeg()}`;
  return new VerbatimError("bad-audio", `${kind} ${why} WAV, MP3, FLAC and Ogg Vorbis need no ffmpeg.`, {
    reason: "no-ffmpeg",
    ...broken,
  });
}

/** How ffmpeg is installed on this platform, as a sentence. */
export function installFfmpeg(platform: NodeJS.Platform = process.platform): string {
  const setting = "or set `ffmpeg` to the path of one.";
  if (platform === "darwin") return `Install it with \`brew install ffmpeg\`, ${setting}`;
  if (platform === "win32") return `Install it with \`winget install ffmpeg\`, ${setting}`;
  const managers = [
    ["apt-get", "sudo apt-get install ffmpeg"],
    ["apk", "sudo apk add ffmpeg"],
    ["dnf", "sudo dnf install ffmpeg-free"],
    ["pacman", "sudo pacman -S ffmpeg"],
    ["zypper", "sudo zypper install ffmpeg"],
  ] as const;
  const found = managers.find(([manager]) => which(manager) !== null);
  return found ? `Install it with \`${found[1]}\`, ${setting}` : `Install ffmpeg, ${setting}`;
}

/** On its own Bun looks along the PATH that the process was started with. */
function which(program: string): string | null {
  return Bun.which(program, { PATH: process.env.PATH ?? "" });
}

/** The package is optional, and its binary is fetched while it is installed, which a closed network prevents. */
function fromPackage(): string | undefined {
  try {
    const folder = dirname(Bun.resolveSync("ffmpeg-static/package.json", import.meta.dir));
    const path = join(folder, process.platform === "win32" ? "ffmpeg.exe" : "ffmpeg");
    return isProgram(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
