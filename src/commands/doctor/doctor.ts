/** `verbatim doctor`: looks at everything that can be wrong with a machine or an installation, and says what to do. */
import { suggestion } from "../../config/suggest.ts";
import { VerbatimError } from "../../error.ts";
import type { Context } from "../command.ts";
import { type Command, EXIT } from "../command.ts";
import { type Check, type Finding, fail, reasonOf, type State } from "./check.ts";
import { engine, library, voiceActivity } from "./engine.ts";
import { ffmpeg } from "./ffmpeg.ts";
import { folders, memory, port, processor } from "./machine.ts";
import { models } from "./models.ts";
import { settings } from "./settings.ts";

const CHECKS: readonly Check[] = [
  processor,
  memory,
  settings,
  folders,
  library,
  models,
  engine,
  voiceActivity,
  ffmpeg,
  port,
];

export const doctor: Command = {
  name: "doctor",
  summary: "Check this machine and this installation.",
  usage: ["[CHECK…] [--json] [SETTINGS]"],
  description: `Without a CHECK it does them all: ${CHECKS.map(({ name }) => name).join(", ")}.\nThe exit code is 1 when something is wrong that keeps the program from its work.`,
  options: [{ name: "json", meaning: "Print JSON." }],
  sections: ["server", "models", "engine", "recognition", "folders"],
  async run(context) {
    const json = context.options.has("json");
    const report: Record<string, readonly Finding[]> = {};
    const wanted = context.args.length > 0 ? context.args.map(checkNamed) : CHECKS;
    for (const check of wanted) {
      context.terminal.status(`Checking: ${check.name} …`);
      const findings = await examine(check, context);
      report[check.name] = findings;
      if (!json) for (const finding of findings) context.terminal.out(asText(check.name, finding));
    }
    const worst = worstOf(Object.values(report).flat());
    if (json) context.terminal.out(`${JSON.stringify({ state: worst, checks: report }, null, 2)}\n`);
    return worst === "fail" ? EXIT.failed : EXIT.ok;
  },
};

function checkNamed(name: string): Check {
  const check = CHECKS.find((one) => one.name === name);
  if (check) return check;
  const known = CHECKS.map((one) => one.name);
  const near = suggestion(name, known);
  const all = near === "." ? `; there are ${known.join(", ")}.` : near;
  throw new VerbatimError("bad-parameter", `There is no check ${name}${all}`);
}

async function examine(check: Check, context: Context): Promise<readonly Finding[]> {
  try {
    const found = await check.run(context.settings, context.signal);
    return Array.isArray(found) ? found : [found as Finding];
  } catch (thrown) {
    context.signal.throwIfAborted();
    return [fail(`could not be checked: ${reasonOf(thrown)}`)];
  }
}

function worstOf(findings: readonly Finding[]): State {
  for (const state of ["fail", "warn"] as const) if (findings.some((finding) => finding.state === state)) return state;
  return "ok";
}

const MARKS: Record<State, string> = { ok: "ok  ", warn: "WARN", fail: "FAIL" };

function asText(name: string, { state, text, advice }: Finding): string {
  return `${MARKS[state]}  ${name.padEnd(14)}  ${text}\n${advice ? `${" ".repeat(22)}${advice}\n` : ""}`;
}
