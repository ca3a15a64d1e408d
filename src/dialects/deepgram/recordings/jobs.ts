/** `callback=URL`: the promise to deliver a transcript later, kept through crashes and restarts. */
import { toVerbatimError, VerbatimError } from "../../../error.ts";
import type { JobResult, JobRunner, RunningJob } from "../../../jobs/job.ts";
import { checkTarget, resolveTarget } from "../../../outbound/target.ts";
import type { Services } from "../../dialect.ts";
import { errorBody } from "../errors.ts";
import { download, type MediaLimits, namesUrl, readUrl, receive } from "./media.ts";
import { type Order, type OrderFacts, readOrder, transcribeRecording } from "./transcribe.ts";

const KIND = "deepgram-recording";

/** What a job needs to know of its request. */
interface JobRequest {
  query: string;
  client: string;
  /** Where the recording is; absent: it came with the request. */
  url?: string;
  sha256?: string;
}

/** Promises a transcript to the request's callback. Once this resolves, the job survives the server. */
export async function acceptJob(
  request: Request,
  { asked }: Order,
  { requestId, client, query }: OrderFacts & { query: string },
  limits: MediaLimits,
  { jobs, settings }: Services,
): Promise<void> {
  const callback = {
    url: await callbackUrl(asked.callback ?? "", settings.privateNetworks, limits.signal),
    method: asked.callback_method === "put" ? "PUT" : "POST",
  } as const;
  const job = { id: requestId, kind: KIND, callback };
  if (namesUrl(request.headers)) {
    const url = checkTarget(await readUrl(request.body, limits)).href;
    return jobs.accept({ ...job, request: { query, client, url } satisfies JobRequest });
  }
  await using recording = await receive(request, limits);
  const { source, sha256 } = recording;
  await jobs.accept({ ...job, audio: source, request: { query, client, sha256 } satisfies JobRequest });
}

/** Does jobs of this kind. */
export function recordingJobs(services: Services): { kind: string; runner: JobRunner } {
  return {
    kind: KIND,
    runner: {
      run: (job, signal) => run(job, signal, services),
      failed: ({ id }, error) => toResult(JSON.stringify(errorBody(error, id))),
    },
  };
}

async function run(
  { id, request, audio, accepted }: RunningJob,
  signal: AbortSignal,
  services: Services,
): Promise<JobResult> {
  const { settings, spool } = services;
  const { query, client, url, sha256 } = request as JobRequest;
  const order = await readOrder(new URLSearchParams(query), settings);
  const facts = { requestId: id, created: accepted, client, signal, facts: {} };
  if (audio)
    return toResult(await transcribeRecording(services, order, { source: audio, sha256: sha256 ?? "" }, facts));
  const limits = { total: settings.maxUpload, signal, spool, networks: settings.privateNetworks };
  await using recording = await download(url ?? "", limits);
  return toResult(await transcribeRecording(services, order, recording, facts));
}

function toResult(body: string): JobResult {
  return { body: new TextEncoder().encode(body), contentType: "application/json" };
}

/** A promise that can never be kept is not made; a host that is merely not found now may be there later. */
async function callbackUrl(text: string, networks: readonly string[], signal: AbortSignal): Promise<string> {
  try {
    const url = checkTarget(text);
    await resolveTarget(url, networks, signal);
  } catch (cause) {
    const { reason, message } = toVerbatimError(cause);
    if (reason !== "url-unreachable") {
      signal.throwIfAborted();
      throw new VerbatimError("bad-parameter", message.replace("The URL", "The callback"), {
        parameter: "callback",
        reason: "callback",
        cause,
      });
    }
  }
  return text;
}
