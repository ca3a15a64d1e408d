/** Sessions and their owners: what one client opens, another can neither see nor touch. */
import { VerbatimError } from "../../../error.ts";
import type { ClientSession } from "./client-session.ts";

/** What `configure` asked for; the original's word for nothing asked is its answer's. */
export interface Configuration {
  engine: string;
  model: string;
  language?: string;
  beamSize?: number;
}

interface Owner {
  configuration: Configuration | undefined;
  sessions: Map<string, ClientSession>;
}

/** The original's numbers. Milliseconds. */
const MOST_SESSIONS = 100;
const IDLE = 600_000;
/** Owners whose configuration is remembered. */
const MOST_OWNERS = 1000;

export class Sessions {
  readonly #owners = new Map<string, Owner>();
  #sweep: Timer | undefined;

  configuration(owner: string): Configuration | undefined {
    return this.#owners.get(owner)?.configuration;
  }

  configure(owner: string, configuration: Configuration): void {
    this.#owner(owner).configuration = configuration;
  }

  ids(owner: string): string[] {
    return [...(this.#owners.get(owner)?.sessions.keys() ?? [])];
  }

  /** One of this owner's own; another's is as if it did not exist. */
  find(owner: string, id: string): ClientSession | undefined {
    return this.#owners.get(owner)?.sessions.get(id);
  }

  /** Adds a session; the one that was used longest ago makes room for it. Throws `conflict` when there is one of that name. */
  add(owner: string, session: ClientSession): void {
    const { sessions } = this.#owner(owner);
    if (sessions.has(session.id))
      throw new VerbatimError("conflict", `There is a session ${session.id} already.`, { parameter: "session_id" });
    sessions.set(session.id, session);
    const [oldest] = [...sessions.values()].sort((a, b) => a.usedAt - b.usedAt);
    if (sessions.size > MOST_SESSIONS && oldest) this.#drop(owner, oldest);
    this.#sweep ??= setInterval(() => this.#dropIdle(), IDLE / 10).unref();
  }

  /** Takes a session out; its owner ends it. */
  take(owner: string, id: string): ClientSession | undefined {
    const session = this.find(owner, id);
    if (session) this.#remove(owner, id);
    return session;
  }

  /** Ends all; resolves when what was said is told. */
  async close(): Promise<void> {
    clearInterval(this.#sweep);
    const all = [...this.#owners.values()].flatMap(({ sessions }) => [...sessions.values()]);
    this.#owners.clear();
    await Promise.all(all.map((session) => session.stop()));
  }

  #dropIdle(): void {
    for (const [owner, { sessions }] of this.#owners)
      for (const session of sessions.values())
        if (performance.now() - session.usedAt > IDLE) this.#drop(owner, session);
  }

  #drop(owner: string, session: ClientSession): void {
    this.#remove(owner, session.id);
    void session.stop();
  }

  #remove(owner: string, id: string): void {
    const entry = this.#owners.get(owner);
    entry?.sessions.delete(id);
    if (entry && entry.sessions.size === 0 && entry.configuration === undefined) this.#owners.delete(owner);
  }

  #owner(name: string): Owner {
    const known = this.#owners.get(name);
    if (known) return known;
    for (const [other, { sessions }] of this.#owners)
      if (this.#owners.size >= MOST_OWNERS && sessions.size === 0) this.#owners.delete(other);
    const owner: Owner = { configuration: undefined, sessions: new Map() };
    this.#owners.set(name, owner);
    return owner;
  }
}
