/** What a session's events look like on the terminal and on standard output. */
import { VerbatimError } from "../../error.ts";
import type { ClosedReason, SessionEvent } from "../../recognizer/live/events.ts";
import type { Terminal } from "../terminal.ts";
import { jsonLine, toLine } from "./json.ts";
import type { Plan } from "./plan.ts";
import type { Screen } from "./screen.ts";

const ENDS: Partial<Record<ClosedReason, string>> = {
  overflow: "The recognition could not keep up: too much sound was waiting.",
  unread: "The recognition was stopped because nobody read its text.",
};

export class Teller {
  readonly #plan: Plan;
  readonly #terminal: Terminal;
  readonly #screen: Screen;
  #hasBegun = false;
  #failure: VerbatimError | undefined;

  constructor(plan: Plan, terminal: Terminal, screen: Screen) {
    this.#plan = plan;
    this.#terminal = terminal;
    this.#screen = screen;
  }

  /** Why the session could not go on, or lost words; undefined when it did not. */
  get failure(): VerbatimError | undefined {
    return this.#failure;
  }

  /** Says, once, that what is said is heard now. */
  begin(model: string): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { format, sourceName, hasEnd, isQuiet } = this.#plan;
    if (format === "json") this.#terminal.out(jsonLine({ type: "listening", source: sourceName, model }));
    const hint = hasEnd ? "" : "; Ctrl-C ends it";
    if (!isQuiet) this.#terminal.err(`Listening to ${sourceName} with ${model}${hint}.\n`);
  }

  tell(event: SessionEvent): void {
    if (event.type === "partial") this.#screen.partial(event.text);
    else if (event.type === "final") this.#screen.settle(event.language);
    else if (event.type === "error") this.#failure = new VerbatimError(event.code, event.message);
    else if (event.type === "closed") {
      this.#screen.end();
      const end = ENDS[event.reason];
      if (end !== undefined) this.#failure = new VerbatimError("internal", end);
    }
    if (this.#plan.format === "json") this.#terminal.out(toLine(event) ?? "");
    else if (event.type === "final" && event.text.trim() !== "") this.#terminal.out(`${event.text.trim()}\n`);
    else if (event.type === "error") this.#terminal.err(`verbatim: ${event.message}\n`);
  }
}
