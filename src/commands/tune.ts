/** `verbatim tune` */
import { tune as measureAll } from "../engine/tune.ts";
import { fastest, type Measurement, readTuning, type Tuning, tuningFile } from "../engine/tuning.ts";
import { ensureModel } from "../models/ensure.ts";
import { type Command, EXIT } from "./command.ts";
import { modelProgress } from "./progress.ts";

export const tune: Command = {
  name: "tune",
  summary: "Measure what is fastest on this CPU, and remember it.",
  usage: ["[--show] [--json]"],
  description:
    "A release holds the speech engine built for several generations of CPUs. This measures, in some seconds, which of them is fastest\n" +
    "here, and how many decodes at once; servers started later use it. Let the machine do nothing else meanwhile.",
  options: [
    { name: "show", meaning: "Show what was measured before; measure nothing." },
    { name: "json", meaning: "Print JSON." },
  ],
  sections: ["models", "folders"],
  async run({ settings, options, terminal, log, signal }) {
    const json = options.has("json");
    const onMeasured = (one: Measurement) => {
      if (!json) terminal.out(row(one));
    };
    let tuning: Tuning | undefined;
    if (options.has("show")) {
      tuning = readTuning();
      for (const one of tuning?.measured ?? []) onMeasured(one);
    } else {
      const progress = modelProgress(terminal);
      const model = await ensureModel(settings.model, settings, { log, signal, progress }).finally(() =>
        progress.end(),
      );
      tuning = await measureAll(model, { signal, onMeasured });
    }
    if (json) terminal.out(`${JSON.stringify(tuning ?? null, null, 2)}\n`);
    else if (!tuning && options.has("show")) terminal.out(NOT_YET);
    else terminal.out(verdict(tuning));
    return EXIT.ok;
  },
};

const NOT_YET = "Not measured yet. Run: verbatim tune\n";

function row({ variant, workers, threads, speed }: Measurement): string {
  return `${variant.padEnd(32)} ${workers} × ${threads} ${threads === 1 ? "thread " : "threads"} ${speed.toFixed(1).padStart(7)} × real time\n`;
}

function verdict(tuning: Tuning | undefined): string {
  if (!tuning) return "Nothing was measured: this program is built for one CPU, or computes on a GPU.\n";
  const broken = Object.entries(tuning.broken).map(([variant, how]) => `${variant} does not run here: ${how}\n`);
  const best = fastest(tuning.measured);
  const chosen = best ? `Chosen: ${best.variant}, ${best.workers} at once. Kept in ${tuningFile()}\n` : NOT_YET;
  return `${broken.join("")}${chosen}`;
}
