import { describe, expect, test } from "bun:test";
import { VerbatimError } from "../error.ts";
import { parseArguments } from "./argv.ts";
import type { Option } from "./command.ts";

const options: Option[] = [
  { name: "json", short: "j", meaning: "" },
  { name: "to", value: "PATH", meaning: "" },
  { name: "only", value: "WORD", repeated: true, meaning: "" },
];

const parse = (...argv: string[]) => parseArguments(argv, { command: "test", options, sections: ["server", "vad"] });

function refusal(...argv: string[]): string {
  try {
    parse(...argv);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(VerbatimError);
    return (thrown as VerbatimError).message;
  }
  throw new Error("nothing was refused");
}

describe("a command line", () => {
  test("falls into arguments, options and settings", () => {
    const {
      args,
      flags,
      options: given,
      help,
    } = parse("a", "--port", "9", "-j", "--to=x=y", "b", "--vad-threshold=0.4", "-");
    expect(args).toEqual(["a", "b", "-"]);
    expect(Object.fromEntries(flags)).toEqual({ port: ["9"], "vad.threshold": ["0.4"] });
    expect([given.has("json"), given.value("to"), given.value("only"), help]).toEqual([true, "x=y", undefined, false]);
  });

  test("switches of settings are turned on, off, or set", () => {
    expect(parse("--allow-open").flags.get("allow-open")).toEqual(["true"]);
    expect(parse("--no-allow-open").flags.get("allow-open")).toEqual(["false"]);
    expect(parse("--allow-open=no").flags.get("allow-open")).toEqual(["no"]);
  });

  test("repeated ones are all kept, and the last value counts", () => {
    const { options: given, flags } = parse("--only", "a", "--only=b", "--cors-origins", "x", "--cors-origins", "y");
    expect([given.values("only"), given.value("only")]).toEqual([["a", "b"], "b"]);
    expect(flags.get("cors-origins")).toEqual(["x", "y"]);
  });

  test("-- ends the options; negative numbers and - are values", () => {
    expect(parse("--", "--port", "-j").args).toEqual(["--port", "-j"]);
    expect(parse("--to", "-").options.value("to")).toBe("-");
    expect(parse("--port", "-1").flags.get("port")).toEqual(["-1"]);
  });

  test("is refused with a reason and what was probably meant", () => {
    expect(refusal("--prot", "1")).toBe("`verbatim test` has no option --prot, did you mean --port?");
    expect(refusal("--zzzzzzzz")).toBe("`verbatim test` has no option --zzzzzzzz.");
    expect(refusal("-x")).toStartWith("`verbatim test` has no option -x");
    expect(refusal("--threads", "2")).toBe("--threads has no effect on `verbatim test`.");
    expect(refusal("--to")).toBe("--to needs a value.");
    expect(refusal("--to", "--json")).toBe("--to needs a value; one that begins with - is written --to=--json");
    expect(refusal("--json=1")).toBe("--json takes no value.");
    expect(refusal("--api-keys", "k")).toContain("Set VERBATIM_API_KEYS, or name a file with --api-keys-file.");
    expect(refusal("--no-port")).toBe("--port takes a value and cannot be switched off.");
  });
});
