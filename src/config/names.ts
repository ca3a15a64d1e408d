/** Each setting's names: the key in messages and in the file, the variable, the flag. All follow from its place in the table. */
import type { Setting } from "./setting.ts";
import { table } from "./table.ts";

export interface NamedSetting {
  /** `max-upload`, `vad.threshold`: as in the file. */
  key: string;
  /** Where its value stands in `Settings`. */
  path: readonly [string] | readonly [string, string];
  /** `VERBATIM_VAD_THRESHOLD` */
  variable: string;
  /** `vad-threshold`, to be preceded by `--`; absent for a secret. */
  flag: string | undefined;
  setting: Setting;
}

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function named(path: NamedSetting["path"], setting: Setting): NamedSetting {
  const words = path.map(kebab);
  const flag = words.join("-");
  return {
    key: words.join("."),
    path,
    variable: `VERBATIM_${flag.replaceAll("-", "_").toUpperCase()}`,
    flag: setting.secret ? undefined : flag,
    setting,
  };
}

function isSetting(entry: object): entry is Setting {
  return "schema" in entry;
}

/** Every setting with its names, in the table's order. */
export const namedSettings: readonly NamedSetting[] = Object.entries(table).flatMap(([name, entry]) =>
  isSetting(entry)
    ? [named([name], entry)]
    : Object.entries(entry).map(([inner, setting]) => named([name, inner], setting as Setting)),
);

/** Variables with our prefix that are no settings. */
export const otherVariables: Readonly<Record<string, string>> = {
  VERBATIM_CONFIG: "The settings file, like `--config`.",
  VERBATIM_NATIVE_DIR: "The folder of another build of the library.",
  VERBATIM_NATIVE_VARIANT: "Of a release, the file of the CPU variant to take, such as `libggml-cpu-haswell.so`.",
  VERBATIM_DEBUG_FFI: "Write every call into the library to stderr before it is made.",
  VERBATIM_TEST_DATA: "The recordings that the tests read.",
  VERBATIM_TEST_MODEL: "The model file that the tests decode with.",
  VERBATIM_TEST_BINARY: "The executable that the tests start in place of the checkout's program.",
  VERBATIM_TEST_ROUNDS: "How often the tests kill a process that delivers to sinks.",
  VERBATIM_BUN_CHECKED: "Set by the start scripts for themselves.",
  VERBATIM_COMMIT: "Set while an executable is built.",
};
