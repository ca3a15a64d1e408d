/** The sessions that are open. */
import type { RecognizerParts } from "../recognizer.ts";
import { Backlogs } from "./backlog.ts";
import type { SessionOptions } from "./events.ts";
import { LiveSession, type Session } from "./session.ts";

export class Sessions {
  readonly #parts: RecognizerParts;
  readonly #open = new Set<Session>();
  readonly #backlogs: Backlogs;

  constructor(parts: RecognizerParts) {
    this.#parts = parts;
    this.#backlogs = new Backlogs(parts.settings.liveMemory);
    parts.metrics.sessionsActive.read({}, () => this.#open.size);
  }

  /** Opens one; throws `bad-parameter` for what cannot be, `busy` when too much audio waits already. */
  open(options: SessionOptions): Session {
    const session = new LiveSession(this.#parts, options, this.#backlogs, (reason) => {
      this.#open.delete(session);
      this.#parts.metrics.sessions.add({ reason });
    });
    this.#open.add(session);
    return session;
  }

  /** Closes all, finals first, within so many seconds. */
  async close(deadline: number): Promise<void> {
    await Promise.all([...this.#open].map((session) => session.close(deadline)));
  }
}
