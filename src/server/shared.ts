/** Routes that belong to no dialect: is it alive, is it ready, what is it. */
import { type AnyElysia, Elysia } from "elysia";
import type { Services } from "../dialects/dialect.ts";
import { METRICS_CONTENT_TYPE } from "../metrics/registry.ts";
import { onSharedError } from "./errors.ts";
import { page } from "./page.ts";
import type { Sockets } from "./sockets.ts";
import type { ServerState } from "./state.ts";

const tags = ["Server"];

/** `/`, `/health`, `/ready` and `/version`: anyone may ask. */
export function publicRoutes(
  { settings, engines }: Pick<Services, "settings" | "engines">,
  { state, sockets, version }: { state: ServerState; sockets: Sockets; version: string },
): AnyElysia {
  const startedAt = performance.now();
  // `service`, `model` and `backend` are what probes of another server look at (tiflis-code's).
  const facts = () => ({ status: "ok", service: "verbatim", model: settings.model.split(/[/\\]/).at(-1) });
  // Those of realtime-mlx's page.
  const running = () => ({
    version,
    connections: sockets.count,
    uptime: Math.round(performance.now() - startedAt) / 1000,
  });
  const backend = () => (engines.status().some((engine) => engine.state === "ready") ? "whisper.cpp" : "not loaded");
  return (
    new Elysia()
      .onError(onSharedError)
      .use(page(() => ({ ...facts(), name: "verbatim", version, docs: "/docs", health: "/health" })))
      // JSON, not `OK`: a client that finds exactly that takes the server for another product (wyoming_openai).
      .get("/health", () => ({ ...facts(), backend: backend(), ...running() }), {
        detail: { summary: "Whether the server lives", tags },
      })
      // Parakeet's probes look here.
      .get("/healthz", () => ({ status: "ok" }), { detail: { hide: true } })
      .get(
        "/ready",
        ({ set }) => {
          const reason = state.waitsFor;
          if (reason === undefined) return { status: "ready" };
          set.status = 503;
          set.headers["retry-after"] = "1";
          return { status: "waiting", reason };
        },
        { detail: { summary: "Whether it takes work: 503 until its models are loaded and while it stops", tags } },
      )
      .get("/version", () => ({ name: "verbatim", version, bun: Bun.version }), {
        detail: { summary: "What runs here", tags },
      })
  );
}

/** `/metrics`, which tells more than everybody should know: it wants a key where keys are set. */
export function metricsRoute({ metrics }: Pick<Services, "metrics">): AnyElysia {
  return new Elysia()
    .onError(onSharedError)
    .get("/metrics", () => new Response(metrics.text(), { headers: { "content-type": METRICS_CONTENT_TYPE } }), {
      detail: { summary: "Metrics in the Prometheus text format", tags },
    });
}
