/** What an engine process writes to stderr: log lines of ours, and whatever Bun, ggml or the C library say when all is lost. */
import { LOG_LEVELS, type Log, type LogLevel } from "../log/log.ts";

/** The one line of a report that says what happened: Bun's, ggml's, or the C++ library's. */
const lastWords = /\bpanic\b|_ASSERT\b|GGML_ABORT|terminate called|what\(\):|thread broke|rror:/;

/** Longer lines are cut: nothing that we write comes near it. */
const LONGEST_LINE = 4_000;

interface Line {
  level: LogLevel;
  message: string;
}

/** A log line as log/json.ts writes it; undefined for any other text. */
function parseLine(text: string): (Line & Record<string, unknown>) | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const line = JSON.parse(text);
    return LOG_LEVELS.includes(line.level) && typeof line.message === "string" ? line : undefined;
  } catch {
    return undefined;
  }
}

export class EngineLog {
  /** Its last line that says why it dies. */
  lastWords: string | undefined;
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Passes lines on until the stream ends. */
  async read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of stream) {
      rest += decoder.decode(chunk, { stream: true });
      const lines = rest.split("\n");
      rest = (lines.pop() ?? "").slice(0, LONGEST_LINE);
      for (const line of lines) this.#pass(line);
    }
    this.#pass(rest + decoder.decode());
  }

  #pass(text: string): void {
    if (text.trim() === "") return;
    const line = parseLine(text);
    if (line) {
      const { time: _, level, message, ...fields } = line;
      this.#log[level](message, fields);
      return;
    }
    const said = text.slice(0, LONGEST_LINE);
    const isReason = lastWords.test(said);
    if (isReason) this.lastWords = said;
    this.#log[isReason ? "warn" : "debug"]("The engine process says", { line: said });
  }
}
