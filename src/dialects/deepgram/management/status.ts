/** `/v1/status`: what Deepgram's own boxes tell health checks, and what an older server of this kind told. */
import { version } from "../../../../package.json" with { type: "json" };
import type { Services } from "../../dialect.ts";
import { activityOf } from "../activity.ts";
import { quantization, shownId } from "../model.ts";

export function serverStatus(services: Services): object {
  const { settings, engines } = services;
  const { recordings, streams, turns } = activityOf(services);
  const isLoaded = engines.status().some(({ id, state }) => id === settings.model && state === "ready");
  return {
    status: "ok",
    model: shownId(settings.model),
    quantization: quantization(settings.model),
    sample_rate: 16_000,
    version,
    system_health: isLoaded ? "Healthy" : "Initializing",
    active_batch_requests: recordings,
    active_stream_requests: streams,
    active_listen_v2_stream_requests: turns,
  };
}

export const engineStatus = { engine_connection_status: "Connected" };
