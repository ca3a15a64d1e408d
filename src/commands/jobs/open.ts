import type { Settings } from "../../config/table.ts";
import { VerbatimError } from "../../error.ts";
import { SqliteJobStore } from "../../jobs/sqlite-store.ts";
import type { JobStore } from "../../jobs/store.ts";

/** Works on the jobs in the data folder, a running server's too; `none` where nobody ever made one. */
export async function withJobs<Result>(
  settings: Settings,
  none: Result,
  work: (store: JobStore) => Promise<Result>,
): Promise<Result> {
  const source = SqliteJobStore.source(settings);
  if (!source.exists) return none;
  const store = source.open();
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Does something to each of the named jobs; `work` answers whether it could. */
export async function forEachNamed(
  settings: Settings,
  ids: readonly string[],
  work: (store: JobStore, id: string) => Promise<boolean>,
  refusal: (id: string) => string,
): Promise<void> {
  for (const id of ids)
    if (!(await withJobs(settings, false, (store) => work(store, id))))
      throw new VerbatimError("not-found", refusal(id));
}
