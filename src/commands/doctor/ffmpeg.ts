/** ffmpeg, which opens what the library does not. */
import { embeddedFfmpeg } from "../../assets/assets.ts";
import { findFfmpeg, installFfmpeg } from "../../audio/find-ffmpeg.ts";
import { type Check, fail, ok, reasonOf, warn } from "./check.ts";

/** Milliseconds in which a program can say its version. */
const PATIENCE = 10_000;

export const ffmpeg: Check = {
  name: "ffmpeg",
  async run({ ffmpeg: configured }) {
    let path: string | undefined;
    try {
      path = findFfmpeg({ configured, embedded: embeddedFfmpeg });
    } catch (thrown) {
      return fail(reasonOf(thrown));
    }
    if (path === undefined)
      return warn("none: only WAV, MP3, FLAC and Ogg Vorbis can be opened", installFfmpeg(), { path: null });
    const child = Bun.spawn([path, "-version"], { stdio: ["ignore", "pipe", "ignore"], timeout: PATIENCE });
    const [code, out] = await Promise.all([child.exited, child.stdout.text()]);
    const [, version] = /^ffmpeg version (\S+)/.exec(out) ?? [];
    if (code !== 0 || version === undefined)
      return fail(`${path} does not run as ffmpeg (exit code ${code})`, installFfmpeg(), { path });
    return ok(`${version}, ${path}`, { path, version });
  },
};
