/** Profiles: those that every server has, and those that were saved, one file each in the data folder. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ErrorCode, VerbatimError } from "../../../error.ts";
import { isObject } from "../json-body.ts";
import { predefined } from "./predefined.ts";

/** Safe in a path on every system. */
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;
const SUFFIX = ".json";
const MOST_PROFILES = 1000;

export class ProfileStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** All names, in order. */
  async names(): Promise<string[]> {
    return [...new Set([...Object.keys(predefined), ...(await this.#saved())])].sort();
  }

  /** A profile as it was saved; throws `not-found`. */
  async get(name: string): Promise<object> {
    const own = Object.hasOwn(predefined, name) ? predefined[name] : undefined;
    const saved = own ?? (NAME.test(name) ? await this.#read(name) : undefined);
    if (saved) return saved;
    throw new VerbatimError("not-found", `Profile not found: ${shown(name)}`);
  }

  /** Saves a profile, whole or not at all; throws `bad-parameter` for a name that cannot be or is a predefined one's. */
  async save(name: string, profile: object): Promise<void> {
    const failed = (why: string) => refusal("bad-parameter", `Could not save profile: ${shown(name)}`, why);
    if (!NAME.test(name))
      throw failed("A name has up to 64 letters, digits, dots, dashes and underscores, and begins with no dot.");
    if (Object.hasOwn(predefined, name)) throw failed("It is a predefined one.");
    const saved = await this.#saved();
    if (saved.length >= MOST_PROFILES && !saved.includes(name)) throw failed(`There are ${MOST_PROFILES} already.`);
    const path = this.#path(name);
    const draft = `${path}.${crypto.randomUUID()}.new`;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeFile(draft, `${JSON.stringify(profile, null, 2)}\n`, { mode: 0o600, flush: true });
      await rename(draft, path);
    } catch (cause) {
      await rm(draft, { force: true }).catch(() => {});
      const why = new VerbatimError("internal", "The folder of the profiles cannot be written.", { cause });
      throw new VerbatimError("internal", `Could not save profile: ${name}`, { cause: why });
    }
  }

  /** Deletes a saved profile; throws `not-found`, and `bad-parameter` for a predefined one. */
  async delete(name: string): Promise<void> {
    const message = `Could not delete profile: ${shown(name)}`;
    if (Object.hasOwn(predefined, name)) throw refusal("bad-parameter", message, "It is a predefined one.");
    if (!NAME.test(name) || !(await this.#saved()).includes(name))
      throw refusal("not-found", message, "There is none of that name.");
    await rm(this.#path(name), { force: true });
  }

  async #saved(): Promise<string[]> {
    const files = await readdir(this.#folder).catch(() => []);
    return files
      .filter((file) => file.endsWith(SUFFIX))
      .map((file) => file.slice(0, -SUFFIX.length))
      .filter((name) => NAME.test(name));
  }

  async #read(name: string): Promise<object | undefined> {
    try {
      const value: unknown = JSON.parse(await readFile(this.#path(name), "utf8"));
      return isObject(value) ? value : undefined;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw new VerbatimError("internal", `The file of the profile ${name} cannot be read.`, { cause: thrown });
    }
  }

  #path(name: string): string {
    return join(this.#folder, name + SUFFIX);
  }
}

/** What failed, in the original's words; the reason is for the field beside them. */
function refusal(code: ErrorCode, message: string, why: string): VerbatimError {
  return new VerbatimError(code, message, { parameter: "name", cause: new VerbatimError(code, why) });
}

/** A name of a stranger's, as an answer may repeat it. */
function shown(name: string): string {
  return name.length <= 64 ? name : `${name.slice(0, 64)}…`;
}
