/** How the server is doing, from its public metrics. */
import { bytesText } from "../clock.ts";
import { find, make } from "../dom.ts";
import { ask } from "../server.ts";
import { meanBetween, readMetrics, type Sample, sum } from "./metrics.ts";
import { plot } from "./plot.ts";

/** Milliseconds between looks, and how many looks a plot shows: five minutes. */
const PACE = 3000;
const LOOKS = 100;

interface Plotted {
  title: string;
  /** What one look adds; undefined: nothing to say. */
  value(before: readonly Sample[], now: readonly Sample[]): number | undefined;
  text(value: number): string;
}

const milliseconds = (seconds: number) => `${Math.round(seconds * 1000)} ms`;

const PLOTS: readonly Plotted[] = [
  {
    title: "Audio written down, × real time",
    value: (before, now) => {
      const seconds = sum(now, "stt_audio_seconds_total") - sum(before, "stt_audio_seconds_total");
      return seconds / (PACE / 1000);
    },
    text: (value) => `${value.toFixed(1)}×`,
  },
  {
    title: "Final text after the end of speech",
    value: (before, now) => meanBetween(before, now, "stt_final_latency_seconds"),
    text: milliseconds,
  },
  {
    title: "One decode",
    value: (before, now) => meanBetween(before, now, "stt_inference_seconds"),
    text: milliseconds,
  },
];

/** Looks at the server while the section is shown. */
export function startStatus(): { show(): void; hide(): void } {
  const facts = find("facts", HTMLElement);
  const plots = find("plots", HTMLElement);
  const histories = PLOTS.map((): (number | undefined)[] => []);
  let before: Sample[] | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function look(): Promise<void> {
    const [metrics, version] = await Promise.all([
      ask("/metrics").then((response) => response.text()),
      ask("/version").then((response) => response.json()),
    ]).catch(() => [undefined, undefined]);
    if (metrics === undefined) {
      facts.replaceChildren(fact("Server", "does not answer"));
    } else {
      const now = readMetrics(metrics);
      facts.replaceChildren(...factsOf(now, version as { version: string }));
      if (before !== undefined) addLook(before, now);
      before = now;
    }
    timer = setTimeout(look, PACE);
  }

  function addLook(earlier: readonly Sample[], now: readonly Sample[]): void {
    plots.replaceChildren(
      ...PLOTS.map(({ title, value, text }, i) => {
        const history = histories[i] ?? [];
        history.push(value(earlier, now));
        if (history.length > LOOKS) history.shift();
        const last = history.findLast((one) => one !== undefined);
        const said = last === undefined ? "nothing yet" : text(last);
        return make(
          "figure",
          {},
          make("figcaption", {}, title, make("b", { textContent: said })),
          plot(history, `${title}: ${said}`),
        );
      }),
    );
  }

  return {
    show() {
      if (timer === undefined) void look();
    },
    hide() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

function factsOf(samples: readonly Sample[], { version }: { version: string }): HTMLElement[] {
  const build = samples.find(({ name }) => name === "stt_build_info")?.labels;
  const lanes = ["final", "partial", "file"].map((lane) => `${lane} ${sum(samples, "stt_queue_depth", { lane })}`);
  const models = samples.filter(({ name, value }) => name === "stt_model_loaded" && value === 1);
  return [
    fact("Version", `Verbatim ${version}`),
    fact("Backend", build?.backend ?? "no model is loaded"),
    fact("Loaded", models.map(({ labels }) => labels.model?.split(/[/\\]/).at(-1)).join(", ") || "no model"),
    fact("Waiting jobs", lanes.join(", ")),
    fact("Live sessions", String(sum(samples, "stt_sessions_active"))),
    fact("Memory of the models", bytesText(sum(samples, "stt_model_memory_bytes"))),
    fact("Audio so far", `${Math.round(sum(samples, "stt_audio_seconds_total") / 60)} min`),
  ];
}

function fact(name: string, value: string): HTMLElement {
  return make("div", {}, make("dt", { textContent: name }), make("dd", { textContent: value }));
}
