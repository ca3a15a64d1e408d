/** An error as a log line shows it. */
export interface ErrorFields {
  name: string;
  message: string;
  code?: string;
  cause?: ErrorFields | string;
  stack?: string;
}

/** How deep a chain of causes is followed: enough for a wrapped system error, bounded for a chain that bites its tail. */
const CAUSES = 3;

/** The facts of an error, its causes included; the stack only when asked for. */
export function errorFields(error: Error, stacks: boolean, depth = CAUSES): ErrorFields {
  const { code } = error as { code?: unknown };
  const { cause } = error;
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === "string" ? { code } : {}),
    ...(cause === undefined || depth === 0
      ? {}
      : { cause: cause instanceof Error ? errorFields(cause, stacks, depth - 1) : String(cause) }),
    ...(stacks && error.stack ? { stack: error.stack } : {}),
  };
}
