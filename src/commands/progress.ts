/** How long work shows that it goes on: a bar on a terminal, a line for every tenth elsewhere. */
import { written } from "../config/value.ts";
import type { ModelProgress, OnProgress } from "../models/progress.ts";
import type { Terminal } from "./terminal.ts";

/** Milliseconds between redraws; faster ones only flicker. */
const REDRAW = 100;
/** Milliseconds between lines where nobody watches: work that is done in a moment needs no ten of them. */
const LINE = 1000;
const BAR_WIDTH = 24;
/** Seconds before a rate is worth showing. */
const SETTLED = 1;

export interface ProgressBar {
  /** So much of `total` is done; `note` follows the figures. */
  update(title: string, done: number, total: number, note?: string): void;
  /** Takes the bar away. */
  end(): void;
}

/** A bar for one piece of work after another. */
export function openProgressBar(terminal: Terminal): ProgressBar {
  let shownAt = 0;
  let shownTitle = "";
  let shownTenth = 0;
  return {
    update(title, done, total, note = "") {
      const share = total > 0 ? Math.min(1, done / total) : 0;
      const since = performance.now() - shownAt;
      const isNew = title !== shownTitle;
      if (terminal.isWatched) {
        if (!isNew && share < 1 && since < REDRAW) return;
        terminal.status(`${title} ${bar(share)} ${percent(share)}${note ? `  ${note}` : ""}`);
      } else {
        const tenth = Math.floor(share * 10);
        if (!isNew && (tenth <= shownTenth || since < LINE)) return;
        shownTenth = tenth;
        terminal.err(`${title}: ${percent(share)}${note ? `, ${note}` : ""}\n`);
      }
      shownAt = performance.now();
      shownTitle = title;
    },
    end: () => terminal.status(""),
  };
}

/** Shows how models are fetched and made. */
export function modelProgress(terminal: Terminal): OnProgress & { end(): void } {
  const bar = openProgressBar(terminal);
  let phase = "";
  let startedAt = 0;
  let startedWith = 0;
  const show = (progress: ModelProgress) => {
    const { model, done, total } = progress;
    if (phase !== `${model} ${progress.phase}`) {
      phase = `${model} ${progress.phase}`;
      startedAt = performance.now();
      startedWith = done;
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const rate = seconds > SETTLED ? (done - startedWith) / seconds : 0;
    bar.update(
      TITLES[progress.phase](model),
      done,
      total,
      progress.phase === "downloading" ? pace(progress, rate) : "",
    );
  };
  return Object.assign(show, { end: bar.end });
}

const TITLES: Record<ModelProgress["phase"], (model: string) => string> = {
  waiting: (model) => `Another process is getting ${model}`,
  checking: (model) => `Checking the weights for ${model}`,
  downloading: (model) => `Downloading ${model}`,
  quantizing: (model) => `Making ${model}`,
};

/** `81.8 MB, 5.2 MB/s, 1 min left` */
function pace({ done, total }: ModelProgress, rate: number): string {
  const size = `${megabytes(done)} of ${megabytes(total)} MB`;
  return rate > 0 ? `${size}, ${megabytes(rate)} MB/s, ${timeLeft((total - done) / rate)} left` : size;
}

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 100e6 ? 1 : 0);
}

function timeLeft(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : written(Math.ceil(seconds / 60) * 60, "seconds");
}

function bar(share: number): string {
  const full = Math.round(share * BAR_WIDTH);
  return `[${"=".repeat(full)}${" ".repeat(BAR_WIDTH - full)}]`;
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}
