/** Paths that several dialects have: each adds its fields to one answer. */
import { type AnyElysia, Elysia } from "elysia";
import { failCall } from "../dialects/call.ts";
import type { Dialect, Services, SharedPath } from "../dialects/dialect.ts";

interface Part {
  dialect: Dialect;
  shared: SharedPath;
}

/**
 * Routes for all paths that dialects share, those that are open to anyone or the others; the order of the dialects decides whose field counts
 * where two have the same.
 */
export function sharedPaths(dialects: readonly Dialect[], services: Services, isOpen: boolean): AnyElysia {
  const paths = new Map<string, Part[]>();
  for (const dialect of dialects)
    for (const [path, shared] of Object.entries(dialect.shared?.(services) ?? {}))
      if ((shared.open ?? false) === isOpen) paths.set(path, [...(paths.get(path) ?? []), { dialect, shared }]);
  const app: AnyElysia = new Elysia({ name: `shared-paths-${isOpen}` }).onError(({ error, request, route }) => {
    const parts = paths.get(route);
    if (parts) return failure(parts, request, () => error);
  });
  for (const [path, parts] of paths)
    app.get(
      path,
      ({ request, params, set }) => {
        for (const { shared } of parts) Object.assign(set.headers, shared.headers?.(request));
        return union(parts, request, (params as Record<string, string> | undefined)?.["*"] ?? "");
      },
      {
        detail: Object.assign({}, ...parts.map(({ shared }) => shared.detail ?? {})),
      },
    );
  return app;
}

async function union(parts: readonly Part[], request: Request, rest: string): Promise<object> {
  const asked = await Promise.allSettled(parts.map(async ({ shared }) => shared.answer(request, rest)));
  const answers = asked.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  if (answers.length > 0) return Object.assign({}, ...answers);
  return failure(parts, request, (i) => (asked[i] as PromiseRejectedResult).reason);
}

/** What every dialect says of its failure, in one body: whoever asks finds the fields that it knows. */
async function failure(parts: readonly Part[], request: Request, thrown: (i: number) => unknown): Promise<Response> {
  const headers = new Headers();
  let body = {};
  let status = 500;
  // From the last to the first: the first one's status and fields count, and its error is the one for the log.
  for (const [i, { dialect, shared }] of [...parts.entries()].reverse()) {
    const fail = shared.fail ?? dialect.fail;
    const reply = fail(failCall(request, thrown(i)), request);
    for (const [name, value] of reply.headers) headers.set(name, value);
    body = { ...body, ...((await reply.json()) as object) };
    status = reply.status;
  }
  return Response.json(body, { status, headers });
}
