/** A new id for a request: unique, and in order of time. */
export function newRequestId(): string {
  return Bun.randomUUIDv7();
}

/** The id that a client or proxy gave (`x-request-id`) when it is safe to repeat in headers and logs, else a new one. */
export function requestId(given: string | null | undefined): string {
  return given && /^[\w.:+/=-]{1,128}$/.test(given) ? given : newRequestId();
}
