/** Paths that several dialects have: each adds its fields to one answer. */
import { type AnyElysia, Elysia } from "elysia";
import { failCall } from "../dialects/call.ts";
import type { Dialect, Services, SharedPath } from "../dialects/dialect.ts";

interface Part {
  dialect: Dialect;
  shared: SharedPath;
}

/** Routes for all paths that dialects share; the order of the dialects decides whose error is told. */
export function sharedPaths(dialects: readonly Dialect[], services: Services): AnyElysia {
  const paths = new Map<string, Part[]>();
  for (const dialect of dialects)
    for (const [path, shared] of Object.entries(dialect.shared?.(services) ?? {}))
      paths.set(path, [...(paths.get(path) ?? []), { dialect, shared }]);
  const app: AnyElysia = new Elysia({ name: "shared-paths" }).onError(({ error, request, route }) => {
    const first = paths.get(route)?.[0];
    if (first) return first.dialect.fail(failCall(request, error), request);
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
  const answers = asked.flatMap((one) => (one.status === "fulfilled" && one.value ? [one.value] : []));
  const failed = asked.find((one) => one.status === "rejected");
  if (answers.length === 0) throw failed?.reason ?? new Error("no dialect answered a path that it shares");
  return Object.assign({}, ...answers);
}
