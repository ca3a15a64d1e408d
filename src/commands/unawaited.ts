/** Failures that nobody waits for. */
import type { Log } from "../log/log.ts";

/** Such a failure is some client's, and no reason to end the sessions of all: it is written down, and the program goes on. */
export function outliveUnawaited(log: Log): Disposable {
  const note = (reason: unknown) => {
    const { stack } = reason instanceof Error ? reason : new Error(String(reason));
    log.error("Nobody waited for what failed: please report this", { error: reason, stack });
  };
  process.on("unhandledRejection", note);
  return { [Symbol.dispose]: () => void process.off("unhandledRejection", note) };
}
