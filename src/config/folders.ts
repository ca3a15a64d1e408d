/** Where each platform keeps what programs cache, store and are configured by. */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { Environment } from "./setting.ts";

/** The XDG Base Directory Specification: a relative path in one of its variables is to be ignored. */
function xdg(environment: Environment, name: string): string | undefined {
  const folder = environment[name];
  return folder && isAbsolute(folder) ? folder : undefined;
}

function home(environment: Environment): string {
  if (environment.HOME) return environment.HOME;
  try {
    return homedir();
  } catch {
    // A container without users: whoever cannot write there is told so, and to name other folders.
    return "/";
  }
}

function local(environment: Environment): string {
  return environment.LOCALAPPDATA || join(homedir(), "AppData", "Local");
}

/** What can be had again: models, extracted libraries. */
export function cacheFolder(environment: Environment, platform = process.platform): string {
  const given = xdg(environment, "XDG_CACHE_HOME");
  if (given) return join(given, "verbatim");
  if (platform === "win32") return join(local(environment), "verbatim", "cache");
  if (platform === "darwin") return join(home(environment), "Library", "Caches", "verbatim");
  return join(home(environment), ".cache", "verbatim");
}

/** What is kept: the database, profiles. */
export function dataFolder(environment: Environment, platform = process.platform): string {
  const given = xdg(environment, "XDG_DATA_HOME");
  if (given) return join(given, "verbatim");
  if (platform === "win32") return join(local(environment), "verbatim", "data");
  if (platform === "darwin") return join(home(environment), "Library", "Application Support", "verbatim");
  return join(home(environment), ".local", "share", "verbatim");
}

/** The settings file that is read when none is named. */
export function settingsFile(environment: Environment, platform = process.platform): string {
  const given = xdg(environment, "XDG_CONFIG_HOME");
  if (given) return join(given, "verbatim", "verbatim.toml");
  if (platform === "win32")
    return join(environment.APPDATA || join(homedir(), "AppData", "Roaming"), "verbatim", "verbatim.toml");
  if (platform === "darwin")
    return join(home(environment), "Library", "Application Support", "verbatim", "verbatim.toml");
  return join(home(environment), ".config", "verbatim", "verbatim.toml");
}
