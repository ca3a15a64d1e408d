/** The OpenAPI document, written from the routes that carry a `detail`. */
import type { AnyElysia } from "elysia";

interface Detail {
  hide?: boolean;
  [key: string]: unknown;
}

const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);

/** OpenAPI 3.1 of everything the app answers, hidden routes excepted. */
export function openApi(app: AnyElysia, version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, path, hooks } of app.routes) {
    const detail = (hooks as { detail?: Detail }).detail;
    if (!detail || detail.hide || !METHODS.has(method)) continue;
    const { hide: _, ...operation } = detail;
    const name = path.replace(/:(\w+)/g, "{$1}").replace(/\*$/, "{id}");
    const parameters = Array.from(name.matchAll(/\{(\w+)\}/g), ([, parameter]) => ({
      name: parameter,
      in: "path",
      required: true,
      schema: { type: "string" },
    }));
    paths[name] = {
      ...paths[name],
      [method.toLowerCase()]: { ...(parameters.length > 0 ? { parameters } : {}), ...operation },
    };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Verbatim", version, description: "Speech to text on your own machine." },
    // Relative to this document: behind a base path, requests go there.
    servers: [{ url: "." }],
    paths,
    components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } },
    security: [{ key: [] }, {}],
  };
}
