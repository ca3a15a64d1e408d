/** What a session's events look like on the terminal and on standard output. */
import type { SessionEvent } from "../../recognizer/live/events.ts";
import type { Terminal } from "../terminal.ts";
import { jsonLine, toLine } from "./json.ts";
import type { Plan } from "./plan.ts";
import type { Screen } from "./screen.ts";

export class Teller {
  readonly #plan: Plan;
  readonly #terminal: Terminal;
  readonly #screen: Screen;
  #utterances = 0;
  #words = 0;
  /** Milliseconds of `performance.now`. */
  #begunAt: number | undefined;
  #hasFailed = false;

  constructor(plan: Plan, terminal: Terminal, screen: Screen) {
    this.#plan = plan;
    this.#terminal = terminal;
    this.#screen = screen;
  }

  /** Whether words were lost, which has been told. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Says, once, that what is said is heard now. */
  begin(model: string): void {
    if (this.#begunAt !== undefined) return;
    this.#begunAt = performance.now();
    const { format, sourceName, hasEnd, isQuiet } = this.#plan;
    if (format === "json") this.#terminal.out(jsonLine({ type: "listening", source: sourceName, model }));
    const hint = hasEnd ? "" : "; Ctrl-C ends it";
    if (!isQuiet) this.#terminal.err(`Listening to ${sourceName} with ${model}${hint}.\n`);
  }

  tell(event: SessionEvent): void {
    if (event.type === "partial") this.#screen.partial(event.text);
    else if (event.type === "final") this.#screen.settle(event.language);
    else if (event.type === "error") this.#fail(event.message);
    else if (event.type === "closed") {
      this.#screen.end();
      const isExplained = event.reason === "closed" || this.#hasFailed;
      if (!isExplained) this.#fail(`The recognition has ended early (${event.reason}).`);
      this.#sum(event.at);
    }
    if (event.type === "final" && event.words.length > 0) {
      if (event.endsUtterance) this.#utterances++;
      this.#words += event.words.length;
    }
    if (this.#plan.format === "json") this.#terminal.out(toLine(event) ?? "");
    else if (event.type === "final" && event.text.trim() !== "") this.#terminal.out(`${event.text.trim()}\n`);
  }

  /** How much it was, for who watched. */
  #sum(seconds: number): void {
    const { format, isQuiet } = this.#plan;
    if (this.#begunAt === undefined || isQuiet || format === "json") return;
    const taken = (performance.now() - this.#begunAt) / 1000;
    const counts = `${counted(this.#utterances, "utterance")}, ${counted(this.#words, "word")}`;
    this.#terminal.err(`${counts}, ${seconds.toFixed(1)} s of sound in ${taken.toFixed(1)} s.\n`);
  }

  #fail(message: string): void {
    this.#hasFailed = true;
    this.#terminal.err(`verbatim: ${message}\n`);
  }
}

function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}
