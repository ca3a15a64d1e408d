/**
 * `bun run build`: one executable for this machine in `dist/`, with the libraries, the voice-activity model and the default model inside.
 * `--release` carries the library for every CPU of its architecture, and runs on CPUs without AVX2 too; `--backend metal|cuda|vulkan` carries
 * one for a GPU; without, it is tuned for this CPU. `--slim` leaves model and ffmpeg out; `--wake-words` puts openWakeWord's models in, whose
 * licence forbids commercial use. `--target NAME` builds for another machine, `--target all` for each that can be made from here; their
 * libraries are compiled, for all CPUs, where a cross compiler is there, or taken from `--native DIR` (DIR/NAME/libverbatim.*). For Linux
 * native/ffmpeg.sh is run. Prints size and sha256.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { collect, embed, type Flavour } from "./embed.ts";
import { notices } from "./notices.ts";
import { billOfMaterials } from "./sbom.ts";
import { prepare, root } from "./setup.ts";
import { type Target, targetNamed, targets, thisTarget } from "./targets.ts";

const { values: asked } = parseArgs({
  options: {
    slim: { type: "boolean", default: false },
    release: { type: "boolean", default: false },
    "wake-words": { type: "boolean", default: false },
    backend: { type: "string", default: "cpu" },
    target: { type: "string" },
    native: { type: "string" },
  },
});
const { slim, release, backend, "wake-words": wakeWords } = asked;

function run(command: string[]): void {
  const child = Bun.spawnSync(command, {
    cwd: root,
    env: { ...process.env, BUN: process.execPath },
    stdio: ["ignore", "inherit", "inherit"],
  });
  // It has said what is wrong.
  if (!child.success) process.exit(child.exitCode || 1);
}

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

const isHere = (target: Target) => target.platform === process.platform && target.arch === process.arch;

/** The folder with libverbatim for a target, built now if it can be; undefined where it can be made only elsewhere. */
function nativeFor(target: Target): string | undefined {
  if (asked.native) {
    const folder = [resolve(asked.native, target.name), resolve(asked.native)].find(
      (one) => existsSync(one) && readdirSync(one).some((name) => /^(lib)?verbatim\.(so|dylib|dll)$/.test(name)),
    );
    if (folder && (folder.endsWith(target.name) || asked.target !== "all")) return folder;
  }
  if (isHere(target)) {
    const ordinary = backend === "cpu" && !release;
    const folder = ordinary ? "build/native" : `build/native-${backend}${release ? "-release" : ""}`;
    if (!ordinary) run(["bash", "native/build.sh", backend, ...(release ? ["--release"] : []), "--out", folder]);
    return join(root, folder);
  }
  if (!target.triple || backend !== "cpu" || !Bun.which(`${target.triple}-g++`)) return undefined;
  // Nobody builds on one machine for the CPU of another: it is for all of them.
  const folder = `build/native-cpu-${target.triple}-release`;
  run(["bash", "native/build.sh", "--release", "--for", target.triple, "--out", folder]);
  return join(root, folder);
}

/** The folder with what native/ffmpeg.sh makes for a target: a release has it, other builds where it can be made. */
function ffmpegFor(target: Target): string | undefined {
  if (target.platform !== "linux" || slim) return undefined;
  const folder = join(root, isHere(target) ? "build/ffmpeg" : `build/ffmpeg-${target.triple}`);
  const cross = isHere(target) || !target.triple ? [] : ["--for", target.triple];
  const command = ["bash", "native/ffmpeg.sh", ...cross, "--out", join(folder, "ffmpeg")];
  if (release) run(command);
  else Bun.spawnSync(command, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (existsSync(join(folder, "ffmpeg"))) return folder;
  console.warn(`${target.name} carries no ffmpeg: it will look for one where it runs.`);
  return undefined;
}

/** GCC's runtime library exception lets programs carry these under any licence. */
function cxxFor(target: Target): string[] {
  if (target.platform !== "linux") return [];
  const compiler = isHere(target) ? "g++" : `${target.triple}-g++`;
  return ["libgcc_s.so.1", "libstdc++.so.6"].map((name) => {
    const found = Bun.spawnSync([compiler, `-print-file-name=${name}`])
      .stdout.toString()
      .trim();
    if (!existsSync(found)) throw new Error(`${compiler} has no ${name}.`);
    return found;
  });
}

function commit(): string {
  const git = Bun.spawnSync(["git", "rev-parse", "--short", "HEAD"], { cwd: root, stderr: "ignore" });
  return git.success ? git.stdout.toString().trim() : "unknown";
}

async function compile(target: Target, flavour: Flavour, outfile: string): Promise<void> {
  const workers = [...new Bun.Glob("src/**/*worker.ts").scanSync(root)].map((path) => join(root, path));
  const result = await Bun.build({
    entrypoints: [join(root, "src/main.ts"), ...workers],
    // Whitespace and syntax only: renamed identifiers break Elysia 1.x.
    minify: { whitespace: true, syntax: true, identifiers: false },
    // Parsed here and not at every start of the server, of an engine and of their threads: half of what each took to begin.
    format: "esm",
    bytecode: true,
    // Compressed, inside, and read when an error is shown; it is then told with our own files and lines.
    sourcemap: "inline",
    define: { "process.env.VERBATIM_COMMIT": JSON.stringify(commit()) },
    plugins: [embed(collect(target, flavour))],
    compile: {
      outfile,
      // What was built for this CPU alone may have the runtime for it, too.
      ...((release || !isHere(target)) && { target: target.bun }),
      // Nothing of the folder that it is started in is the program's.
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadPackageJson: false,
      autoloadTsconfig: false,
    },
  });
  // Bun leaves copies of the maps beside the executable.
  for (const map of new Bun.Glob("*.map").scanSync({ cwd: dirname(outfile), absolute: true })) rmSync(map);
  if (result.success) return;
  for (const line of result.logs) console.error(line);
  process.exit(1);
}

async function build(target: Target): Promise<void> {
  const native = nativeFor(target);
  const flavour = { slim, wakeWords, native, ffmpeg: native && ffmpegFor(target), cxx: native ? cxxFor(target) : [] };
  mkdirSync(join(root, "build/licences"), { recursive: true });
  writeFileSync(join(root, "build/licences/THIRD-PARTY.txt"), notices({ model: !slim, ...flavour }));
  const gpu = backend === "cpu" || backend === "metal" ? "" : `-${backend}`;
  const name = `verbatim-${target.name}${gpu}${slim ? "-slim" : ""}`;
  const out = join(root, "dist", name + (target.platform === "win32" ? ".exe" : ""));
  if (!flavour.native) {
    // Nobody is given a program that cannot recognise anything; that it compiles is worth knowing.
    await compile(target, flavour, `${out}.unfinished`);
    for (const file of [`${out}.unfinished`, `${out}.unfinished.exe`]) rmSync(file, { force: true });
    console.log(`${name}  compiles; its libverbatim is made on such a machine: bun run build there, or --native DIR`);
    return;
  }
  await compile(target, flavour, out);
  const sha256 = new Bun.CryptoHasher("sha256").update(readFileSync(out)).digest("hex");
  writeFileSync(`${out}.sha256`, `${sha256}  ${basename(out)}\n`);
  const bill = billOfMaterials({ model: !slim, ...flavour, name, version, sha256 }, new Date());
  writeFileSync(
    join(root, "dist", `${name.replace("verbatim", "sbom")}.spdx.json`),
    `${JSON.stringify(bill, null, 2)}\n`,
  );
  console.log(`${out}  ${(statSync(out).size / 1e6).toFixed(1)} MB  sha256 ${sha256}`);
}

await prepare();
if (!slim && !existsSync(join(root, "build/models")))
  run([process.execPath, "src/main.ts", "models", "pull", "base.en-q8_0", "--to", "build/models"]);
mkdirSync(join(root, "dist"), { recursive: true });

const wanted = asked.target === "all" ? targets : [asked.target ? targetNamed(asked.target) : thisTarget()];
for (const target of wanted) await build(target);
