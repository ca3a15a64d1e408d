/** Sends a file to `/v1/listen` and follows its work. fetch() tells nothing of an upload's progress, so this is XMLHttpRequest's. */
import { addressOf, ask, authorization, newKey, refusalText } from "../server.ts";
import type { Answer } from "./answer.ts";

export interface UploadListener {
  sent(bytes: number): void;
  /** Seconds of audio. */
  worked(done: number, duration: number | undefined): void;
}

/** Milliseconds between questions for the progress. */
const PACE = 700;

/** Resolves with the answer; rejects with an Error for people, or the signal's reason. */
export async function upload(
  file: File,
  parameters: Record<string, string>,
  listener: UploadListener,
  signal: AbortSignal,
): Promise<Answer> {
  for (;;) {
    const { status, body } = await send(file, parameters, listener, signal);
    if (status === 200) return JSON.parse(body) as Answer;
    if (status !== 401) throw new Error(refusalText(status, body));
    await newKey();
  }
}

function send(
  file: File,
  parameters: Record<string, string>,
  listener: UploadListener,
  signal: AbortSignal,
): Promise<{ status: number; body: string }> {
  const request = new XMLHttpRequest();
  const id = crypto.randomUUID?.() ?? `page-${Math.random().toString(36).slice(2)}`;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const follow = async () => {
    const response = await ask(`/v1/requests/${id}`).catch(() => undefined);
    if (response?.ok) {
      const { done, duration } = await response.json();
      listener.worked(done, duration ?? undefined);
    }
    if (request.readyState !== XMLHttpRequest.DONE) timer = setTimeout(follow, PACE);
  };
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    request.open("POST", addressOf(`/v1/listen?${new URLSearchParams(parameters)}`));
    for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
    request.setRequestHeader("x-request-id", id);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = ({ loaded }) => listener.sent(loaded);
    request.upload.onload = () => {
      listener.worked(0, undefined);
      timer = setTimeout(follow, PACE);
    };
    request.onload = () => resolve({ status: request.status, body: request.responseText });
    request.onerror = () => reject(new Error("The connection to the server was lost. Is it still running?"));
    signal.addEventListener("abort", () => {
      request.abort();
      reject(signal.reason);
    });
    request.send(file);
  }).finally(() => clearTimeout(timer));
}
