/** The live part of the terminal: the utterance that is still open, and below it the level, the model and the language. */
import type { Terminal } from "../terminal.ts";
import { Level } from "./level.ts";
import { wrapTail } from "./wrap.ts";

/** Milliseconds between two drawings: faster ones only flicker. */
const REDRAW = 80;

export class Screen {
  readonly #terminal: Terminal;
  readonly #about: string;
  readonly #level: Level;
  #partial = "";
  #language: string | undefined;
  #drawnAt = 0;
  #isOver = false;

  /** `about`: what is told of the model. */
  constructor(terminal: Terminal, about: string, rate: number) {
    this.#terminal = terminal;
    this.#about = about;
    this.#level = new Level(rate);
  }

  /** So it sounds. */
  hear(pcm: Float32Array): void {
    this.#level.push(pcm);
    if (performance.now() - this.#drawnAt >= REDRAW) this.#draw();
  }

  /** So the open utterance reads. */
  partial(text: string): void {
    this.#partial = text.trim();
    this.#draw();
  }

  /** What was open is over; the language is the one that was heard. */
  settle(language: string | undefined): void {
    this.#partial = "";
    this.#language = language ?? this.#language;
    this.#draw();
  }

  /** Takes everything away. */
  end(): void {
    this.#isOver = true;
    this.#terminal.status("");
  }

  #draw(): void {
    if (this.#isOver || !this.#terminal.isWatched) return;
    this.#drawnAt = performance.now();
    const { columns, rows } = this.#terminal.size;
    // Half of the window stays for what is final.
    const lines = wrapTail(this.#partial, columns, Math.max(1, Math.floor(rows / 2) - 1));
    const about = [this.#level, this.#about, this.#language].filter((part) => part !== undefined).join("  ");
    this.#terminal.status([...lines, about].join("\n"));
  }
}
