/** `POST /v1/listen` with a form, as Lightning Whisper MLX's server took recordings: the part `file`, and perhaps `language`. */
import { createHash } from "node:crypto";
import type { MediaSource } from "../../../audio/media.ts";
import { VerbatimError } from "../../../error.ts";
import type { Call } from "../../call.ts";
import type { Services } from "../../dialect.ts";
import { boundaryOf } from "../../multipart.ts";
import { readUpload, type UploadedFile, uploadLimits } from "../../upload.ts";
import { type Order, type OrderFacts, readOrder, transcribeRecording } from "../recordings/transcribe.ts";

/** Whether a request's body is a form. */
export function isForm(headers: Headers): boolean {
  return boundaryOf(headers.get("content-type")) !== undefined;
}

/** The body of the answer to a form. */
export async function transcribeForm(
  request: Request,
  services: Services,
  call: Call,
  about: OrderFacts,
): Promise<string> {
  const { settings, spool } = services;
  const { headers, body } = request;
  const limits = uploadLimits(settings);
  await using upload = await readUpload({ headers, body, signal: call.signal }, limits, spool);
  const { file, fields } = upload;
  if (file === undefined)
    throw new VerbatimError("bad-request", "The form has no file: it must be in the part `file`.", {
      parameter: "file",
    });
  const search = new URL(request.url).searchParams;
  const language = fields.findLast(([name]) => name === "language")?.[1].trim();
  if (language && !search.has("language")) search.set("language", language);
  const order = await readOrder(search, settings);
  if (order.asked.callback !== undefined)
    throw new VerbatimError("bad-parameter", "A callback wants the recording as the body, not as a form.", {
      parameter: "callback",
    });
  const declared = order.declared ?? samples(file, settings.lightning.sampleRate);
  const recording = { source: file.source, sha256: await digest(file.source) };
  return await transcribeRecording(services, { ...order, declared, plain: true }, recording, about);
}

/** A body without a head is samples by its type, `audio/raw` or `audio/pcm`, perhaps with `;rate=8000`. That server took any that was no WAV. */
export function samplesIn(headers: Headers, usualRate: number): Order["declared"] {
  const found = /^audio\/(?:x-)?(?:raw|pcm)(?:\s*;\s*rate=(\d{4,6}))?\s*$/i.exec(headers.get("content-type") ?? "");
  return found ? { encoding: "linear16", rate: Number(found[1] ?? usualRate), channels: 1 } : undefined;
}

/** A file without a head is samples by its name alone. */
function samples({ filename }: UploadedFile, rate: number): Order["declared"] {
  return /\.(raw|pcm)$/i.test(filename) ? { encoding: "linear16", rate, channels: 1 } : undefined;
}

async function digest(source: MediaSource): Promise<string> {
  const hash = createHash("sha256");
  if ("bytes" in source) hash.update(source.bytes);
  else for await (const chunk of Bun.file(source.path).stream()) hash.update(chunk);
  return hash.digest("hex");
}
