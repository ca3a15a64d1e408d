import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import packageFile from "../../package.json" with { type: "json" };
import { type Home, openHome, programCommand } from "../../test/run-verbatim.ts";

let home: Home;
beforeAll(() => {
  home = openHome();
});
afterAll(() => home[Symbol.dispose]());

describe("the frame", () => {
  test("help for the program, a group and a command", async () => {
    for (const args of [[], ["help"], ["--help"], ["-h"]]) {
      const { code, out } = await home.run(args);
      expect([code, out.includes("Usage: verbatim COMMAND")]).toEqual([0, true]);
      for (const name of ["serve", "transcribe", "listen", "models", "doctor", "config", "version", "licenses"])
        expect(out).toMatch(new RegExp(`^  ${name} `, "m"));
    }
    for (const args of [["help", "models"], ["models"], ["models", "--help"]])
      expect((await home.run(args)).out).toMatch(/^ {2}pull /m);
    for (const args of [
      ["help", "models", "pull"],
      ["models", "pull", "--help"],
    ]) {
      const { code, out } = await home.run(args);
      expect(code).toBe(0);
      for (const part of [
        "Usage: verbatim models pull [ID…]",
        "--to FOLDER",
        "--hf-endpoint TEXT",
        "--log-level",
        "--config PATH",
      ])
        expect(out).toContain(part);
      expect(out).not.toContain("--port");
    }
  });

  test("what is not known has a suggestion and the exit code 2, and no stack trace", async () => {
    const refusals: [args: string[], message: string][] = [
      [["sevre"], "verbatim: There is no command sevre, did you mean serve? `verbatim help` lists them.\n"],
      [
        ["models", "lst"],
        "verbatim: There is no command models lst, did you mean models list? `verbatim help models` lists them.\n",
      ],
      [["version", "--jsn"], "verbatim: `verbatim version` has no option --jsn, did you mean --json?\n"],
      [["config", "show", "--port", "x"], "verbatim: --port must be a whole number from 0 to 65535.\n"],
      [["--port", "1"], "verbatim: A command comes first, then options such as --port. `verbatim help` lists both.\n"],
      [["help", "nothing"], "verbatim: There is no command nothing. `verbatim help` lists them.\n"],
    ];
    for (const [args, message] of refusals) expect(await home.run(args)).toEqual({ code: 2, out: "", err: message });
  });

  test("with --log-level debug an error shows where it came from", async () => {
    const { code, err } = await home.run(["models", "path", "nonsense", "--log-level", "debug"]);
    expect(code).toBe(1);
    expect(err).toContain("There is no model nonsense");
    expect(err).toMatch(/at .*resolve\.ts/);
  });

  test("a reader that leaves early is no error", async () => {
    const child = Bun.spawn(["sh", "-c", '"$0" "$@" | head -n 1', ...programCommand(["config", "table"])], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [code, out, err] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
    expect([code, out, err]).toEqual([0, "### Server\n", ""]);
  });
});

test("licenses: every part that is not ours is named with its terms", async () => {
  const { code, out } = await home.run(["licenses"]);
  expect(code).toBe(0);
  for (const part of ["whisper.cpp and ggml", "Silero VAD", "ONNX Runtime", "stb_vorbis", "Bun", "elysia 1.4.30"])
    expect(out).toContain(`\n${part}`);
  expect(out).toContain("THE SOFTWARE IS PROVIDED");
});

describe("version", () => {
  test("says what the program is made of", async () => {
    const { code, out } = await home.run(["version", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      version: packageFile.version,
      whisper: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      bun: Bun.version,
      platform: `${process.platform}-${process.arch}`,
    });
    expect((await home.run(["--version"])).out).toStartWith(`verbatim ${packageFile.version}`);
  });

  test("is told even when the library is missing", async () => {
    const { code, out } = await home.run(["version"], { VERBATIM_NATIVE_DIR: "/nowhere" });
    expect(code).toBe(0);
    expect(out).toContain("libverbatim cannot be loaded");
  });
});

describe("config", () => {
  test("shows values and their origins, from file, variable and flag", async () => {
    const folder = join(home.folder, "config", "verbatim");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "verbatim.toml"), 'keyterms = ["Verbatim"]\n[decode]\nbeam-size = 3\n');
    const { code, out } = await home.run(["config", "show", "--json", "--port", "9000"], {
      VERBATIM_MODEL_IDLE: "5m",
      VERBATIM_API_KEYS: "secret-key",
    });
    expect(code).toBe(0);
    expect(out).not.toContain("secret-key");
    const { file, settings } = JSON.parse(out);
    expect(file).toBe(join(folder, "verbatim.toml"));
    expect([
      settings.port,
      settings["model-idle"],
      settings.keyterms,
      settings["decode.beam-size"],
      settings["api-keys"],
    ]).toEqual([
      { value: 9000, origin: { from: "flag", flag: "port" } },
      { value: 300, origin: { from: "environment", variable: "VERBATIM_MODEL_IDLE" } },
      { value: ["Verbatim"], origin: { from: "file", path: file } },
      { value: 3, origin: { from: "file", path: file } },
      { value: ["***"], origin: { from: "environment", variable: "VERBATIM_API_KEYS" } },
    ]);
    expect((await home.run(["config", "path"])).out).toBe(`${file}\n`);
  });

  test("refuses unknown settings with a suggestion", async () => {
    expect(await home.run(["config", "show"], { VERBATIM_MODLE: "x" })).toEqual({
      code: 2,
      out: "",
      err: "verbatim: There is no setting VERBATIM_MODLE, did you mean VERBATIM_MODEL?\n",
    });
    const other = join(home.folder, "other.toml");
    writeFileSync(other, "prot = 1\n");
    expect((await home.run(["config", "show", "--config", other])).err).toBe(
      `verbatim: There is no setting prot (in ${other}), did you mean port?\n`,
    );
  });

  test("its example is a settings file, and its schema is JSON", async () => {
    const example = join(home.folder, "example.toml");
    writeFileSync(example, (await home.run(["config", "example"])).out);
    expect((await home.run(["config", "show", "--config", example])).code).toBe(0);
    expect(JSON.parse((await home.run(["config", "schema"])).out)).toMatchObject({ additionalProperties: false });
  });
});
