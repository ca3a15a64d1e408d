/**
 * Every metric of the program. Names carry the base unit, counters end in `_total`, and no label takes what a client may invent: routes are
 * patterns, models are ids that were resolved, dialects and reasons are words of this program.
 */
import { Counter, expose, Gauge, Histogram } from "./registry.ts";

// Seconds. A request may be a health check or an hour of audio.
const REQUEST = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
// Seconds a job waits for a worker: a partial is stale after one, a file piece is patient.
const WAIT = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
// Seconds from an utterance's end to its final: most of it is decoded before the end is certain.
const FINAL = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10];
const FIRST_PARTIAL = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10];
// Seconds of one decode of at most 30 s of audio.
const DECODE = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30];
// Seconds of work per second of audio.
const REALTIME = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 4];
const LOAD = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60];
const SHARE = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/** The metrics of one process, all at zero. */
export function openMetrics() {
  const families = {
    buildInfo: new Gauge("stt_build_info", "Always 1; the labels say what runs.", ["version", "backend"]),
    httpRequests: new Counter("stt_http_requests_total", "Answered HTTP requests.", ["route", "method", "status"]),
    httpSeconds: new Histogram(
      "stt_http_request_duration_seconds",
      "From a request's head to the end of its answer.",
      ["route"],
      REQUEST,
    ),
    transcriptions: new Counter("stt_transcriptions_total", "Files transcribed, by how it ended.", [
      "dialect",
      "outcome",
    ]),
    sessionsActive: new Gauge("stt_sessions_active", "Live sessions that are open.", []),
    sessions: new Counter("stt_sessions_total", "Live sessions, by how they ended.", ["reason"]),
    finalLatency: new Histogram(
      "stt_final_latency_seconds",
      "From the moment an utterance of a live session is over (the endpointing silence included) to its final.",
      ["reason"],
      FINAL,
    ),
    firstPartial: new Histogram(
      "stt_first_partial_seconds",
      "From the moment that speech was noticed in a live session to the first partial.",
      [],
      FIRST_PARTIAL,
    ),
    partials: new Counter("stt_partials_total", "Partials of live sessions.", []),
    speculations: new Counter(
      "stt_speculative_finals_total",
      "Finals begun before the end was certain, by what became of them.",
      ["outcome"],
    ),
    jobs: new Counter("stt_jobs_total", "Requests with a callback, by how far they came.", ["outcome"]),
    rejected: new Counter("stt_rejected_total", "Work refused before it began.", ["reason"]),
    audioSeconds: new Counter("stt_audio_seconds_total", "Audio taken in.", ["dialect", "model"]),
    speechRatio: new Histogram("stt_vad_speech_ratio", "Share of a file that is speech.", [], SHARE),
    queueDepth: new Gauge("stt_queue_depth", "Jobs that wait for a worker.", ["lane"]),
    queuedSeconds: new Gauge("stt_queue_audio_seconds", "Audio admitted and not yet decoded.", []),
    queueWait: new Histogram("stt_queue_wait_seconds", "From a job's arrival to its start.", ["lane"], WAIT),
    inference: new Histogram("stt_inference_seconds", "One decode.", ["model", "lane"], DECODE),
    realtimeFactor: new Histogram("stt_realtime_factor", "Work per second of a whole file.", ["model"], REALTIME),
    redecoded: new Counter("stt_redecodes_total", "Decodes repeated with safer options.", ["reason"]),
    dropped: new Counter("stt_dropped_audio_seconds_total", "Audio whose text was not trusted.", ["reason"]),
    modelLoaded: new Gauge("stt_model_loaded", "1 while the model's engine is ready.", ["model"]),
    modelMemory: new Gauge("stt_model_memory_bytes", "Memory of the model's engine.", ["model"]),
    modelLoad: new Histogram("stt_model_load_seconds", "From start to ready.", ["model"], LOAD),
    evictions: new Counter("stt_model_evictions_total", "Models unloaded.", ["reason"]),
    restarts: new Counter("stt_engine_restarts_total", "Engine processes that died and were started again.", ["model"]),
    sinkRecords: new Counter("stt_sink_records_total", "Records of transcripts sent on, by how it ended.", [
      "sink",
      "outcome",
    ]),
    sinkFailures: new Counter("stt_sink_failures_total", "Attempts at a sink that failed and are made again.", [
      "sink",
    ]),
    sinkQueue: new Gauge("stt_sink_queue_records", "Records that wait for a sink.", ["sink"]),
    sinkQueueBytes: new Gauge("stt_sink_queue_bytes", "Records that wait, on disk.", []),
    nativeErrors: new Counter("stt_native_errors_total", "Calls into native code that failed.", ["op"]),
  };
  return { ...families, text: () => expose(Object.values(families)) };
}

export type Metrics = ReturnType<typeof openMetrics>;
