import type { JobSummary } from "../../jobs/store.ts";
import { type Command, EXIT } from "../command.ts";
import { withJobs } from "./open.ts";

export const list: Command = {
  name: "list",
  summary: "List the requests with a callback that were accepted.",
  usage: ["[--json]"],
  options: [{ name: "json", meaning: "Print JSON." }],
  sections: ["folders", "jobs"],
  async run({ settings, options, terminal }) {
    const jobs = await withJobs(settings, [], (store) => store.list());
    if (options.has("json")) terminal.out(`${JSON.stringify(jobs, null, 2)}\n`);
    else terminal.out(asText(jobs));
    return EXIT.ok;
  },
};

function asText(jobs: readonly JobSummary[]): string {
  if (jobs.length === 0) return "There are no jobs.\n";
  const rows = jobs.map((job) => [job.id, stateOf(job), shortTime(job.accepted), job.target, job.note ?? ""]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function stateOf({ state, claimed, deliveries }: JobSummary): string {
  if (claimed) return state === "waiting" ? "running" : "being delivered";
  return deliveries > 1 ? `${state} (${deliveries} tries)` : state;
}

function shortTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
