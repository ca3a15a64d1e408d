/** SIGINT and SIGTERM, for commands that have something to finish first. */

/** Exit codes of a program ended by a signal. */
const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

let controller: AbortController | undefined;
let code: number | undefined;

/** Aborted by the first signal; the second ends the program at once. From the first call on, the system's own way of ending is off. */
export function interruption(): AbortSignal {
  if (controller) return controller.signal;
  const own = new AbortController();
  controller = own;
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.on(name, () => {
      if (own.signal.aborted) process.exit(CODES[name]);
      code = CODES[name];
      own.abort();
    });
  return own.signal;
}

/** The exit code that the signal asks for; undefined when there was none. */
export function interruptionCode(): number | undefined {
  return code;
}
