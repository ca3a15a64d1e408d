/** Jobs in a file of SQLite, their recordings beside it. */
import type { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../config/table.ts";
import { VerbatimError } from "../error.ts";
import { openDatabase } from "./database.ts";
import type { JobResult, NewJob } from "./job.ts";
import { Presence } from "./presence.ts";
import { Recordings } from "./recordings.ts";
import { claimedJob, type JobRow, summary } from "./rows.ts";
import { prepareStatements, type Statements } from "./statements.ts";
import type { ClaimedJob, JobStore, JobSummary, StoreSource } from "./store.ts";

export interface StoreLimits {
  /** Of all recordings and results. */
  maxBytes: number;
  /** Seconds that a job is kept after its end, and an unfinished one at most. */
  keep: number;
}

/** Rows cost little, but not nothing. */
const MOST_JOBS = 100_000;

export class SqliteJobStore implements JobStore {
  readonly #limits: StoreLimits;
  readonly #database: Database;
  readonly #statements: Statements;
  readonly #recordings: Recordings;
  readonly #folder: string;
  /** Known to others from the first claim on. */
  #presence: Presence | undefined;

  /** The store in the data folder, to be opened or made. */
  static source({ dataDir, jobs }: Pick<Settings, "dataDir" | "jobs">): StoreSource {
    const folder = join(dataDir, "jobs");
    return { exists: existsSync(join(folder, "jobs.sqlite")), open: () => new SqliteJobStore(folder, jobs) };
  }

  /** Opens the store in a folder, or makes it. Throws `conflict` when a newer program has written it. */
  constructor(folder: string, limits: StoreLimits) {
    this.#folder = folder;
    this.#limits = limits;
    this.#database = openDatabase(join(folder, "jobs.sqlite"));
    this.#statements = prepareStatements(this.#database);
    this.#recordings = new Recordings(join(folder, "audio"));
  }

  async add({ id, kind, request, audio, callback }: NewJob): Promise<void> {
    if (!/^[\w-]{1,64}$/.test(id)) throw new VerbatimError("bad-parameter", "A job's id is letters, digits, - and _.");
    this.#requireRoom(audio && "bytes" in audio ? audio.bytes.length : 0);
    if (this.#statements.find.get(id)) throw taken(id);
    // No name of the job: two that come with one id must not meet in one file.
    const name = audio && `${crypto.randomUUID()}.audio`;
    const size = audio && name ? await this.#recordings.keep(name, audio) : 0;
    const json = JSON.stringify(request ?? null);
    try {
      this.#requireRoom(size);
      const { changes } = this.#statements.insert.run({
        id,
        kind,
        now: Date.now(),
        request: json,
        audio: name ?? null,
        url: callback.url,
        method: callback.method,
        bytes: size + json.length,
      });
      if (changes === 0) throw taken(id);
    } catch (thrown) {
      if (name) await this.#recordings.remove(name);
      throw thrown;
    }
  }

  async claim(work: "run" | "deliver"): Promise<ClaimedJob | undefined> {
    this.#presence ??= new Presence(join(this.#folder, "servers"));
    const { claimRun, claimDelivery } = this.#statements;
    const row = (work === "run" ? claimRun : claimDelivery).get(this.#presence.id, Date.now());
    return row ? claimedJob(row, (name) => this.#recordings.path(name)) : undefined;
  }

  async finish(id: string, { body, contentType }: JobResult): Promise<boolean> {
    const row = this.#statements.find.get(id);
    const finished = this.#isMine(
      this.#statements.finish.run({ id, owner: this.#me, now: Date.now(), body, contentType, bytes: body.length }),
    );
    if (finished && row?.audio) await this.#recordings.remove(row.audio);
    return finished;
  }

  async giveBack(id: string, { at, note, counts }: { at: Date; note?: string; counts: boolean }): Promise<boolean> {
    const parameters = { id, owner: this.#me, at: at.getTime(), note: note ?? null, uncounted: counts ? 0 : 1 };
    return this.#isMine(this.#statements.giveBack.run(parameters));
  }

  async end(id: string, state: "delivered" | "failed", note?: string): Promise<boolean> {
    const row = this.#statements.find.get(id);
    if (!row) return false;
    // Credentials are kept no longer than there is something to deliver.
    const url = state === "delivered" ? new URL(row.url).origin : row.url;
    const parameters = { id, owner: this.#me, state, now: Date.now(), note: note ?? null, url };
    const ended = this.#isMine(this.#statements.end.run(parameters));
    if (ended && row.audio) await this.#recordings.remove(row.audio);
    return ended;
  }

  async sweep(): Promise<{ freed: number; expired: number }> {
    let freed = 0;
    this.#presence ??= new Presence(join(this.#folder, "servers"));
    for (const { owner } of this.#statements.owners.all())
      if (!this.#presence.isPresent(owner)) freed += this.#statements.free.run(owner).changes;
    const old = this.#statements.expire.all(Date.now() - this.#limits.keep * 1000);
    for (const { audio } of old) if (audio) await this.#recordings.remove(audio);
    await this.#recordings.sweep((name) => this.#statements.named.get(name) !== null);
    return { freed, expired: old.length };
  }

  async nextDue(): Promise<Date | undefined> {
    const at = this.#statements.nextDue.get(Date.now())?.at;
    return at === undefined || at === null ? undefined : new Date(at);
  }

  async list(): Promise<JobSummary[]> {
    return this.#statements.list.all().map(summary);
  }

  async remove(id: string): Promise<boolean> {
    const removed: Pick<JobRow, "audio"> | null = this.#statements.remove.get(id);
    if (removed?.audio) await this.#recordings.remove(removed.audio);
    return removed !== null;
  }

  async retry(id: string): Promise<boolean> {
    return this.#statements.retry.run({ id, now: Date.now() }).changes > 0;
  }

  async close(): Promise<void> {
    // A statement that is not finished keeps the file open, and locked.
    for (const statement of Object.values(this.#statements)) statement.finalize();
    this.#database.close(true);
    this.#presence?.close();
  }

  get #me(): string | null {
    return this.#presence?.id ?? null;
  }

  #isMine({ changes }: { changes: number }): boolean {
    return changes > 0;
  }

  #requireRoom(bytes: number): void {
    const { count, total } = this.#statements.size.get() ?? { count: 0, total: 0 };
    if (total + bytes <= this.#limits.maxBytes && count < MOST_JOBS) return;
    throw new VerbatimError("busy", "Too many requests wait for their callbacks.", { retryAfter: 60 });
  }
}

function taken(id: string): VerbatimError {
  return new VerbatimError("conflict", `There is a job ${id} already.`);
}
