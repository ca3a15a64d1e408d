import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { Value } from "@sinclair/typebox/value";
import { VerbatimError } from "../error.ts";
import { exampleFile, settingsHelp, settingsMarkdown, settingsSchema } from "./document.ts";
import { cacheFolder, dataFolder, settingsFile } from "./folders.ts";
import { isLoopback, listenAddresses } from "./listen.ts";
import { defaultSettings, loadSettings, type Sources } from "./load.ts";
import { namedSettings } from "./names.ts";
import { readApiKeys, readHfToken } from "./secrets.ts";
import { settingsAsJson, settingsAsText } from "./show.ts";
import { nearest } from "./suggest.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verbatim-config-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function fileWith(text: string): string {
  const path = join(folder, `${files++}.toml`);
  writeFileSync(path, text);
  return path;
}

/** Without the machine's own settings. */
function load({ flags = {}, ...sources }: Omit<Sources, "flags"> & { flags?: Record<string, string[]> } = {}) {
  const environment = { XDG_CONFIG_HOME: folder, HOME: "/home/x", ...sources.environment };
  return loadSettings({ ...sources, environment, flags: new Map(Object.entries(flags)) });
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(VerbatimError);
    expect((thrown as VerbatimError).code).toBe("bad-parameter");
    return (thrown as VerbatimError).message;
  }
  throw new Error("nothing was refused");
}

describe("where a value comes from", () => {
  test("flag over variable over file over another program's variable over default", () => {
    const file = fileWith('port = 1\nhf-endpoint = "http://file"');
    const from = (sources: Parameters<typeof load>[0]) => {
      const { value, origin } = load(sources).values.get("port") ?? {};
      return { value, from: origin?.from };
    };
    const environment = { VERBATIM_PORT: "2" };
    expect(from({ flags: { port: ["3"] }, environment, file })).toEqual({ value: 3, from: "flag" });
    expect(from({ environment, file })).toEqual({ value: 2, from: "environment" });
    expect(from({ file })).toEqual({ value: 1, from: "file" });
    expect(from({})).toEqual({ value: 8080, from: "default" });

    const HF_ENDPOINT = "http://alias";
    expect(load({ environment: { HF_ENDPOINT } }).settings.hfEndpoint).toBe("http://alias");
    expect(load({ environment: { HF_ENDPOINT }, file }).settings.hfEndpoint).toBe("http://file");
    expect(load({ environment: { HF_ENDPOINT, VERBATIM_HF_ENDPOINT: "http://own" } }).settings.hfEndpoint).toBe(
      "http://own",
    );
  });

  test("an empty variable is an unset one", () => {
    expect(load({ environment: { VERBATIM_PORT: "", VERBATIM_MODEL: "" } }).settings).toMatchObject({
      port: 8080,
      model: "base.en-q8_0",
    });
  });

  test("the user's own file is found, a named one must exist, and the current directory is not looked at", () => {
    const home = join(folder, "home");
    mkdirSync(join(home, "verbatim"), { recursive: true });
    writeFileSync(join(home, "verbatim", "verbatim.toml"), "port = 4");
    expect(load({ environment: { XDG_CONFIG_HOME: home } }).settings.port).toBe(4);
    expect(load({ environment: { XDG_CONFIG_HOME: home, VERBATIM_CONFIG: fileWith("port = 5") } }).settings.port).toBe(
      5,
    );
    expect(refusal(() => load({ file: "/nowhere/x.toml" }))).toBe(
      "The settings file /nowhere/x.toml cannot be used: it does not exist.",
    );
    expect(refusal(() => load({ file: folder }))).toContain("EISDIR");
    const before = process.cwd();
    process.chdir(join(home, "verbatim"));
    try {
      expect(load().settings.port).toBe(8080);
    } finally {
      process.chdir(before);
    }
  });

  test("groups: one name in the file, the variable and the flag", () => {
    const file = fileWith("[vad]\nthreshold = 0.3\nmin-silence = '0.5s'");
    expect(load({ file }).settings.vad).toMatchObject({ threshold: 0.3, minSilence: 500, pad: 400 });
    expect(load({ environment: { VERBATIM_VAD_MIN_SILENCE: "250ms" } }).settings.vad.minSilence).toBe(250);
    expect(load({ flags: { "vad.threshold": ["0.4"] } }).settings.vad.threshold).toBe(0.4);
  });
});

describe("values", () => {
  test("sizes, times, switches and lists are written as people write them", () => {
    const port = (VERBATIM_MAX_UPLOAD: string) => load({ environment: { VERBATIM_MAX_UPLOAD } }).settings.maxUpload;
    expect([port("2GB"), port("2 GiB"), port("1.5m"), port("4096")]).toEqual([2e9, 2 ** 31, 1572864, 4096]);
    const idle = (VERBATIM_MODEL_IDLE: string) => load({ environment: { VERBATIM_MODEL_IDLE } }).settings.modelIdle;
    expect([idle("90"), idle("1.5h"), idle("5m"), idle("500ms"), idle("0")]).toEqual([90, 5400, 300, 0.5, 0]);
    const strict = (VERBATIM_STRICT_MODEL: string) =>
      load({ environment: { VERBATIM_STRICT_MODEL } }).settings.strictModel;
    expect([strict("yes"), strict("0"), strict("TRUE"), strict("off")]).toEqual([true, false, true, false]);
    expect(load({ flags: { keyterms: ["Verbatim, whisper", "q8"] } }).settings.keyterms).toEqual([
      "Verbatim",
      "whisper",
      "q8",
    ]);
  });

  test("a time that a timer counts is one that it can: more than 31 bits of milliseconds would be none at all", () => {
    for (const name of ["SESSION_LIMIT", "SHUTDOWN_TIMEOUT", "UPLOAD_TIMEOUT", "DEEPGRAM_IDLE_TIMEOUT"])
      expect(() => load({ environment: { [`VERBATIM_${name}`]: "25d" } })).toThrow("must be a time");
  });

  test("paths are absolute: from the file's folder, from here, from home", () => {
    const file = fileWith('models-dir = ["weights"]\nmodel = "own/x.bin"\ndata-dir = "~/kept"');
    expect(load({ file }).settings).toMatchObject({
      modelsDir: [join(folder, "weights")],
      model: join(folder, "own/x.bin"),
      dataDir: join(homedir(), "kept"),
    });
    expect(load({ flags: { "cache-dir": ["some"] } }).settings.cacheDir).toBe(join(process.cwd(), "some"));
    expect(load({ flags: { model: ["small.en"] } }).settings.model).toBe("small.en");
  });

  test("a bad value names the setting, its origin and what fits", () => {
    const env = (name: string, value: string) => refusal(() => load({ environment: { [name]: value } }));
    expect(env("VERBATIM_PORT", "99999")).toBe("VERBATIM_PORT must be a whole number from 0 to 65535.");
    expect(env("VERBATIM_PORT", "80a")).toBe("VERBATIM_PORT must be a whole number from 0 to 65535.");
    expect(env("VERBATIM_LOG_LEVEL", "loud")).toBe("VERBATIM_LOG_LEVEL must be one of debug, info, warn, error.");
    expect(env("VERBATIM_MAX_UPLOAD", "2XB")).toBe("VERBATIM_MAX_UPLOAD must be a size from 1 KiB to 1 TiB.");
    expect(env("VERBATIM_SHUTDOWN_TIMEOUT", "2 days")).toBe("VERBATIM_SHUTDOWN_TIMEOUT must be a time from 0 to 1 d.");
    expect(env("VERBATIM_OFFLINE", "maybe")).toBe("VERBATIM_OFFLINE must be true or false.");
    expect(env("VERBATIM_LISTEN", "8080")).toBe("VERBATIM_LISTEN must be a list of host:port[=dialect].");
    expect(env("HF_ENDPOINT", "huggingface.co")).toContain("HF_ENDPOINT must be an address that begins with http");
    expect(refusal(() => load({ flags: { "vad.threshold": ["2"] } }))).toBe(
      "--vad-threshold must be a number from 0.01 to 0.99.",
    );
    const file = fileWith('port = "8080"');
    expect(refusal(() => load({ file }))).toBe(`port in ${file} must be a whole number from 0 to 65535.`);
  });

  test("the file's values have TOML's types", () => {
    for (const text of ["port = 80.5", "offline = 1", "model = true", "keyterms = 'a'", "keyterms = [1]", "vad = 1"])
      expect(refusal(() => load({ file: fileWith(text) }))).toMatch(/must be|no setting/);
    expect(load({ file: fileWith("max-upload = '3MB'\nkeyterms = ['a, b']") }).settings).toMatchObject({
      maxUpload: 3e6,
      keyterms: ["a, b"],
    });
    expect(refusal(() => load({ file: fileWith("port = \n") }))).toContain("is not valid TOML");
  });
});

describe("unknown names", () => {
  test("are refused with the nearest known one", () => {
    expect(refusal(() => load({ environment: { VERBATIM_MODLE: "x" } }))).toBe(
      "There is no setting VERBATIM_MODLE, did you mean VERBATIM_MODEL?",
    );
    const file = fileWith("[vad]\ntreshold = 0.5");
    expect(refusal(() => load({ file }))).toBe(
      `There is no setting vad.treshold (in ${file}), did you mean vad.threshold?`,
    );
    expect(refusal(() => load({ file: fileWith("[server.tls]\nx = 1") }))).toContain("no setting server.tls");
    expect(refusal(() => load({ file: fileWith("__proto__ = 1") }))).toContain("no setting __proto__");
  });

  test("a suggestion is near or none", () => {
    const known = ["port", "host", "prompt", "cache-dir"];
    expect(["prot", "Cache_dir", "promt", "zzzz", "x"].map((name) => nearest(name, known))).toEqual([
      "port",
      "cache-dir",
      "prompt",
      undefined,
      undefined,
    ]);
  });
});

describe("secrets", () => {
  test("are not printed", () => {
    const loaded = load({ environment: { VERBATIM_API_KEYS: "one,two", HF_TOKEN: "hf_secret" } });
    expect(loaded.settings.apiKeys).toEqual(["one", "two"]);
    for (const shown of [settingsAsText(loaded), JSON.stringify(settingsAsJson(loaded))]) {
      expect(shown).not.toMatch(/\b(one|two|hf_secret)\b/);
      expect(shown).toContain("***");
    }
  });

  test("have no flag", () => {
    expect(namedSettings.filter(({ setting }) => setting.secret).map(({ key, flag }) => [key, flag])).toEqual([
      ["api-keys", undefined],
      ["hf-token", undefined],
      ["sinks.webhook-secret", undefined],
      ["sinks.webhook-token", undefined],
      ["sinks.redis-url", undefined],
      ["sinks.postgres-url", undefined],
    ]);
    expect(settingsHelp(["server", "downloads"])).not.toMatch(/--api-keys |--hf-token /);
  });

  test("are not told when they do not fit, and what was wanted is said in words", () => {
    expect(refusal(() => load({ environment: { VERBATIM_SINKS_REDIS_URL: "http://me:pass@word" } }))).toBe(
      "VERBATIM_SINKS_REDIS_URL must be an address that begins with redis:// or rediss://.",
    );
    expect(refusal(() => load({ environment: { VERBATIM_SINKS_PARTIALS: "kafka" } }))).toBe(
      "VERBATIM_SINKS_PARTIALS must be a list of webhook, redis, postgres, file.",
    );
    const shown = JSON.stringify(
      settingsAsJson(load({ environment: { VERBATIM_SINKS_POSTGRES_URL: "postgres://a:b@c/d" } })),
    );
    expect(shown).toContain('"sinks.postgres-url":{"value":"***"');
    expect(shown).not.toContain("a:b@c");
  });

  test("may stand in files", () => {
    const keys = fileWith("# mine\nalpha\n\n beta#1 \r\nalpha\n");
    expect(readApiKeys(defaultSettings({ apiKeys: ["zero"], apiKeysFile: keys }))).toEqual(["zero", "alpha", "beta#1"]);
    expect(readApiKeys(defaultSettings())).toEqual([]);
    expect(refusal(() => readApiKeys(defaultSettings({ apiKeysFile: fileWith("# none\n") })))).toContain(
      "holds no key",
    );
    expect(refusal(() => readApiKeys(defaultSettings({ apiKeysFile: "/nowhere" })))).toContain("ENOENT");
    expect(readHfToken(defaultSettings({ hfTokenFile: fileWith("hf_abc\n") }))).toBe("hf_abc");
    expect(readHfToken(defaultSettings({ hfToken: "direct", hfTokenFile: "/nowhere" }))).toBe("direct");
  });
});

describe("addresses", () => {
  test("host and port first, then the list", () => {
    const settings = defaultSettings({ host: "::1", listen: ["0.0.0.0:9090=deepgram", "[fe80::1]:1"] });
    expect(listenAddresses(settings)).toEqual([
      { host: "::1", port: 8080 },
      { host: "0.0.0.0", port: 9090, dialect: "deepgram" },
      { host: "fe80::1", port: 1 },
    ]);
    expect(refusal(() => listenAddresses(defaultSettings({ listen: ["x:70000"] })))).toContain("above 65535");
  });

  test("loopback is told from the rest", () => {
    expect(["127.0.0.1", "127.1.2.3", "localhost", "::1"].every(isLoopback)).toBe(true);
    expect(["0.0.0.0", "::", "192.168.1.1", "127.example.com", "localhost.example.com"].some(isLoopback)).toBe(false);
  });
});

describe("what is written from the table", () => {
  test("no two settings share a name", () => {
    for (const name of ["key", "variable", "flag"] as const) {
      const all = namedSettings.flatMap((named) => named[name] ?? []);
      expect(new Set(all).size).toBe(all.length);
    }
    expect(namedSettings.find(({ key }) => key === "vad.min-speech")).toMatchObject({
      variable: "VERBATIM_VAD_MIN_SPEECH",
      flag: "vad-min-speech",
      path: ["vad", "minSpeech"],
    });
  });

  test("every default passes its own check, and every meaning is a sentence", () => {
    for (const { key, setting } of namedSettings) {
      const value = typeof setting.default === "function" ? setting.default({}) : setting.default;
      if (value !== undefined) expect([key, Value.Check(setting.schema, value)]).toEqual([key, true]);
      expect(setting.meaning).toMatch(/^[A-Z].*\.$/);
    }
  });

  test("Markdown, help and schema name every setting", () => {
    const markdown = settingsMarkdown();
    const schema = JSON.stringify(settingsSchema());
    for (const { key, variable } of namedSettings) {
      expect(markdown).toContain(`| \`${key}\` | \`${variable}\` |`);
      expect(schema).toContain(`"${key.split(".").at(-1)}":`);
    }
    expect(settingsHelp(["logging"])).toContain("--log-level debug|info|warn|error\n");
    expect(settingsHelp(["logging"])).not.toContain("--port");
  });

  test("the documentation's tables are these (`verbatim config table` writes them)", async () => {
    const page = await Bun.file(join(import.meta.dir, "../../docs/settings.md")).text();
    expect(page.slice(page.indexOf("### "))).toBe(settingsMarkdown());
  });

  test("the example file, with its comments taken off, loads and changes nothing", () => {
    const active = exampleFile()
      .split("\n")
      .map((line) => line.replace(/^# ([a-z-]+ = .*)$/, "$1"))
      .filter((line) => !/= ""$/.test(line) || line.startsWith("prompt"));
    const loaded = load({ file: fileWith(active.join("\n")) });
    expect([...loaded.values.values()].filter(({ origin }) => origin.from === "file").length).toBeGreaterThan(25);
    expect(loaded.settings).toEqual(load().settings);
  });

  test("`config show` gives value and origin of each", () => {
    const loaded = load({ environment: { VERBATIM_MAX_UPLOAD: "3GiB" }, flags: { port: ["1"] } });
    const text = settingsAsText(loaded);
    expect(text).toMatch(/^max-upload +3 GiB +VERBATIM_MAX_UPLOAD$/m);
    expect(text).toMatch(/^port +1 +--port$/m);
    expect(text).toMatch(/^ffmpeg +- +default$/m);
    expect(settingsAsJson(loaded)).toMatchObject({
      file: null,
      settings: { port: { value: 1, origin: { from: "flag", flag: "port" } }, ffmpeg: { value: null } },
    });
  });
});

test("folders follow the XDG specification and each platform's custom", () => {
  const environment = { HOME: "/home/x", XDG_CACHE_HOME: "/c", XDG_DATA_HOME: "relative" };
  expect(cacheFolder(environment, "linux")).toBe("/c/verbatim");
  expect(dataFolder(environment, "linux")).toBe("/home/x/.local/share/verbatim");
  expect(settingsFile({ HOME: "/home/x" }, "linux")).toBe("/home/x/.config/verbatim/verbatim.toml");
  expect(cacheFolder({ HOME: "/Users/x" }, "darwin")).toBe("/Users/x/Library/Caches/verbatim");
  expect(dataFolder({ LOCALAPPDATA: "/L" }, "win32")).toBe(join("/L", "verbatim", "data"));
});
