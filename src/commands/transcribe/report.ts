/** What the person at the terminal sees while files are transcribed: one bar over all of them, and how fast it goes. */
import { openProgressBar, type ProgressBar } from "../progress.ts";
import type { Terminal } from "../terminal.ts";

/** Seconds before a speed is worth showing. */
const SETTLED = 1;

export class Report {
  readonly #bar: ProgressBar;
  readonly #files: number;
  readonly #started = performance.now();
  /** Seconds of audio done and expected, of each file that was begun. */
  readonly #audio = new Map<string, { done: number; duration: number }>();
  #ended = 0;

  constructor(terminal: Terminal, files: number) {
    this.#bar = openProgressBar(terminal);
    this.#files = files;
  }

  /** So many seconds of a file are done. */
  progress(file: string, done: number, duration?: number): void {
    this.#audio.set(file, { done, duration: Math.max(done, duration ?? 0) });
    this.#show(file);
  }

  /** A file has ended, after so many seconds of audio; 0 when it failed. */
  ended(file: string, duration: number): void {
    this.#audio.set(file, { done: duration, duration });
    this.#ended++;
    this.#show(file);
  }

  /** Takes the bar away and says what was done, in a sentence. */
  summary(): string {
    this.#bar.end();
    const seconds = (performance.now() - this.#started) / 1000;
    const audio = this.#done;
    const files = `${this.#files} file${this.#files === 1 ? "" : "s"}`;
    return `${files}, ${clock(audio)} of audio in ${clock(seconds)}: ${speed(audio / seconds)}.`;
  }

  get #done(): number {
    return [...this.#audio.values()].reduce((sum, { done }) => sum + done, 0);
  }

  #show(file: string): void {
    const seconds = (performance.now() - this.#started) / 1000;
    const done = this.#done;
    const note = seconds > SETTLED ? `${clock(done)}, ${speed(done / seconds)}` : "";
    if (this.#files === 1) {
      const { duration = 0 } = this.#audio.get(file) ?? {};
      this.#bar.update(file, done, duration, note);
      return;
    }
    // A file that has not begun has no length yet: files count alike, and those in work by what is done of them.
    const parts = [...this.#audio.values()].map(({ done: part, duration }) => (duration > 0 ? part / duration : 0));
    const share = Math.max(
      this.#ended,
      parts.reduce((sum, part) => sum + part, 0),
    );
    this.#bar.update(`${this.#ended} of ${this.#files} files`, share, this.#files, note);
  }
}

function speed(factor: number): string {
  return `${factor.toFixed(factor < 10 ? 1 : 0)}× real time`;
}

/** `12.3 s`, `4 min 5 s`, `2 h 3 min` */
function clock(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.floor(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
