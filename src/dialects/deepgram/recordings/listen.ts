/** `POST /v1/listen`: a recording, or the URL of one. */
import { type Call, callOf } from "../../call.ts";
import type { Services } from "../../dialect.ts";
import { idHeaders } from "../errors.ts";
import { isForm, samplesIn, transcribeForm } from "../lightning/form.ts";
import { requestIdOf } from "../request-id.ts";
import { acceptJob } from "./jobs.ts";
import { download, namesUrl, readUrl, receive } from "./media.ts";
import { readOrder, transcribeRecording } from "./transcribe.ts";

/** Answers with the transcript, or, where a callback is named, at once with the id under which it will be delivered. */
export async function answerRecording(request: Request, services: Services): Promise<Response> {
  const call = callOf(request);
  const { settings, spool, engines } = services;
  const search = new URL(request.url).searchParams;
  const order = await readOrder(search, settings);
  const progressed = (progress: Call["progress"]) => Object.assign(call, { progress });
  const facts = { requestId: requestIdOf(request), created: new Date(), progressed, ...call };
  if (isForm(request.headers)) {
    engines.admit(call.client, 0).release();
    return json(await transcribeForm(request, services, call, facts), request);
  }
  const limits = {
    total: settings.maxUpload,
    idle: 1000 * settings.uploadTimeout,
    signal: call.signal,
    spool,
  };
  if (order.asked.callback !== undefined) {
    await acceptJob(request, order, { ...facts, query: search.toString() }, limits, services);
    return json(JSON.stringify({ request_id: facts.requestId }), request);
  }
  // A client hears that there is no room before it uploads. Jobs wait for room.
  engines.admit(call.client, 0).release();
  await using recording = namesUrl(request.headers)
    ? await download(await readUrl(request.body, limits), { ...limits, networks: settings.privateNetworks })
    : await receive(request, limits);
  const declared = order.declared ?? samplesIn(request.headers, settings.lightning.sampleRate);
  return json(await transcribeRecording(services, { ...order, declared }, recording, facts), request);
}

function json(body: string, request: Request): Response {
  return new Response(body, { headers: { ...idHeaders(request), "content-type": "application/json" } });
}
