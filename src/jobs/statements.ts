/** The store's statements. Each changes one job in one step, so that a crash finds it before or after, and never between. */
import type { Database } from "bun:sqlite";
import type { JobRow, SummaryRow } from "./rows.ts";

export type Statements = ReturnType<typeof prepareStatements>;

/** Compiled once; to be finalized before the database is closed. */
export function prepareStatements(database: Database) {
  const claim = (state: string, counter: string) =>
    database.prepare<JobRow, [owner: string, now: number]>(
      `UPDATE job SET owner = ?1, ${counter} = ${counter} + 1
       WHERE id = (SELECT id FROM job WHERE state = '${state}' AND owner IS NULL AND at <= ?2 ORDER BY at, accepted LIMIT 1)
       RETURNING *`,
    );
  return {
    insert: database.prepare<
      unknown,
      {
        id: string;
        kind: string;
        now: number;
        request: string;
        audio: string | null;
        url: string;
        method: string;
        bytes: number;
      }
    >(
      `INSERT INTO job (id, kind, state, accepted, at, runs, deliveries, request, audio, url, method, bytes)
       VALUES ($id, $kind, 'waiting', $now, $now, 0, 0, $request, $audio, $url, $method, $bytes) ON CONFLICT DO NOTHING`,
    ),
    find: database.prepare<{ audio: string | null; url: string }, [id: string]>(
      "SELECT audio, url FROM job WHERE id = ?",
    ),
    claimRun: claim("waiting", "runs"),
    claimDelivery: claim("undelivered", "deliveries"),
    finish: database.prepare<
      unknown,
      { id: string; owner: string | null; now: number; body: Uint8Array; contentType: string; bytes: number }
    >(
      `UPDATE job SET state = 'undelivered', owner = NULL, at = $now, note = NULL,
         request = 'null', audio = NULL, result = $body, content_type = $contentType, bytes = $bytes
       WHERE id = $id AND owner = $owner AND state = 'waiting'`,
    ),
    giveBack: database.prepare<
      unknown,
      { id: string; owner: string | null; at: number; note: string | null; uncounted: number }
    >(
      `UPDATE job SET owner = NULL, at = $at, note = coalesce($note, note),
         runs = runs - iif(state = 'waiting', $uncounted, 0), deliveries = deliveries - iif(state = 'undelivered', $uncounted, 0)
       WHERE id = $id AND owner = $owner`,
    ),
    // A result that nobody took is kept for another try.
    end: database.prepare<
      unknown,
      { id: string; owner: string | null; state: string; now: number; note: string | null; url: string }
    >(
      `UPDATE job SET state = $state, owner = NULL, at = $now, note = $note, url = $url, request = 'null', audio = NULL,
         result = iif($state = 'delivered', NULL, result), bytes = iif($state = 'delivered', 0, coalesce(length(result), 0))
       WHERE id = $id AND owner = $owner AND state IN ('waiting', 'undelivered')`,
    ),
    owners: database.prepare<{ owner: string }, []>("SELECT DISTINCT owner FROM job WHERE owner IS NOT NULL"),
    free: database.prepare<unknown, [owner: string]>("UPDATE job SET owner = NULL WHERE owner = ?"),
    expire: database.prepare<{ audio: string | null }, [before: number]>(
      `DELETE FROM job WHERE owner IS NULL AND iif(state IN ('delivered', 'failed'), at, accepted) < ? RETURNING audio`,
    ),
    named: database.prepare<{ id: string }, [audio: string]>("SELECT id FROM job WHERE audio = ?"),
    nextDue: database.prepare<{ at: number | null }, [now: number]>(
      "SELECT min(at) AS at FROM job WHERE owner IS NULL AND state IN ('waiting', 'undelivered') AND at > ?",
    ),
    list: database.prepare<SummaryRow, []>(
      `SELECT id, kind, state, owner, accepted, at, runs, deliveries, url, note FROM job ORDER BY accepted DESC, rowid DESC`,
    ),
    remove: database.prepare<{ audio: string | null }, [id: string]>("DELETE FROM job WHERE id = ? RETURNING audio"),
    retry: database.prepare<unknown, { id: string; now: number }>(
      `UPDATE job SET state = 'undelivered', at = $now, deliveries = 0
       WHERE id = $id AND state = 'failed' AND result IS NOT NULL AND owner IS NULL`,
    ),
    size: database.prepare<{ count: number; total: number }, []>(
      "SELECT count(*) AS count, coalesce(sum(bytes), 0) AS total FROM job",
    ),
  };
}
