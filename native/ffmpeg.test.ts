/** What ffmpeg.sh decides before it builds: whether what is there may stay, and whether the sources are the right ones. */
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const script = join(import.meta.dir, "ffmpeg.sh");
const pinned = readFileSync(join(import.meta.dir, "ffmpeg.sources"), "utf8");
const scratch = mkdtempSync(join(tmpdir(), "verbatim-ffmpeg-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Runs the script where there is no apt-get. */
function run(...args: string[]) {
  const bin = mkdtempSync(join(scratch, "bin-"));
  for (const tool of "bash cat cut dirname grep head mkdir rm sed sha256sum shasum tail".split(" ")) {
    const path = Bun.which(tool);
    if (path) symlinkSync(path, join(bin, tool));
  }
  const { exitCode, stderr } = Bun.spawnSync([join(bin, "bash"), script, ...args], { env: { PATH: bin } });
  return { code: exitCode, said: stderr.toString() };
}

test("the source is one version of Debian's package, each file with its checksum", () => {
  const lines = pinned.trimEnd().split("\n");
  expect(lines.filter((line) => !/^[0-9a-f]{64} {2}ffmpeg_\S+$/.test(line))).toEqual([]);
  const [, version = "", upstream = ""] = /ffmpeg_((\S+)-\S+)\.dsc/.exec(pinned) ?? [];
  expect(lines.map((line) => line.slice(66)).sort()).toEqual([
    `ffmpeg_${version}.debian.tar.xz`,
    `ffmpeg_${version}.dsc`,
    `ffmpeg_${upstream}.orig.tar.xz`,
  ]);
});

test("other files than the pinned ones are not built", () => {
  const source = join(scratch, "source");
  mkdirSync(source);
  for (const line of pinned.trimEnd().split("\n")) writeFileSync(join(source, line.slice(66)), "something else");
  const { code, said } = run("--source", source, "--out", join(scratch, "out/ffmpeg"));
  expect(code).toBe(1);
  expect(said).toBe(`ffmpeg.sh: ${source} does not hold what ffmpeg.sources names, and only a Debian can fetch it.\n`);
  expect(run("--fetch", "--source", source).code).toBe(1);
  expect(run("--form")).toEqual({ code: 1, said: "ffmpeg.sh: unknown argument --form\n" });
});
