/**
 * Fetches a file: what arrived stays in `FILE.part`, so that the next try or the next start goes on there; only a whole file with the
 * right checksum gets its name.
 */
import { dirname } from "node:path";
import { VerbatimError } from "../error.ts";
import type { Log } from "../log/log.ts";
import { abortable } from "./abortable.ts";
import { requireRoom } from "./disk.ts";
import { PartFile } from "./part.ts";
import { Interrupted, reasonOf, requestFile } from "./request.ts";

export interface Download {
  url: string;
  token?: string | undefined;
  to: string;
  size: number;
  sha256: string;
}

/** Milliseconds, and how often. Only tests have reason to change it. */
interface DownloadPatience {
  /** Without a byte for so long, the connection counts as broken. */
  stall: number;
  /** Tries in a row that bring nothing. */
  tries: number;
  /** Before the second try in a row; doubled each time. */
  pause: number;
}

const PATIENCE: DownloadPatience = { stall: 60_000, tries: 5, pause: 1000 };

export interface DownloadOptions {
  log: Log;
  signal?: AbortSignal | undefined;
  /** Told of the bytes that are here, those of earlier tries included. */
  progress?: ((bytes: number) => void) | undefined;
  patience?: DownloadPatience;
}

/** Downloads a file and checks it. On failure it says why, and keeps what arrived unless that is not the wanted file. */
export async function download(file: Download, options: DownloadOptions): Promise<void> {
  requireRoom(dirname(file.to), 0);
  const part = await PartFile.open(file.to, options.signal);
  try {
    requireRoom(dirname(file.to), Math.max(0, file.size - part.size));
    await fetchWhole(file, part, options);
    const sha256 = part.sha256();
    if (sha256 !== file.sha256) {
      part.discard();
      const what = `its sha256 is ${sha256}, and ${file.sha256} is expected`;
      throw new VerbatimError("model-missing", `What ${file.url} sent is not the model: ${what}. It was deleted.`);
    }
    part.keep();
  } finally {
    part.close();
  }
}

async function fetchWhole(file: Download, part: PartFile, options: DownloadOptions): Promise<void> {
  const { log, signal, patience = PATIENCE } = options;
  let { pause } = patience;
  let failures = 0;
  while (part.size !== file.size) {
    const before = part.size;
    try {
      await fetchRest(file, part, options);
    } catch (thrown) {
      if (!(thrown instanceof Interrupted)) throw thrown;
      const advanced = part.size > before;
      failures = advanced ? 1 : failures + 1;
      pause = advanced ? patience.pause : pause;
      if (failures >= patience.tries) throw givenUp(file, part, thrown);
      log.warn("download interrupted, trying again", { reason: thrown.message, bytes: part.size, pause: pause / 1000 });
      await abortable(Bun.sleep(pause), signal);
      pause *= 2;
    }
  }
}

/** One connection. Throws `Interrupted` when another one is worth trying. */
async function fetchRest(file: Download, part: PartFile, options: DownloadOptions): Promise<void> {
  const { signal, progress, patience = PATIENCE } = options;
  const stalled = new AbortController();
  const stall = () => stalled.abort(new Interrupted(`nothing arrived for ${patience.stall / 1000} s`));
  let timer = setTimeout(stall, patience.stall);
  try {
    const both = signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal;
    const response = await requestFile({ url: file.url, token: file.token, from: part.size, signal: both });
    await place(response, file, part);
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(stall, patience.stall);
      if (part.size + chunk.length > file.size) throw strange(file, part, "more");
      part.append(chunk);
      progress?.(part.size);
    }
    if (part.size < file.size) throw new Interrupted(`the connection ended at ${part.size} of ${file.size} bytes`);
  } catch (thrown) {
    signal?.throwIfAborted();
    stalled.signal.throwIfAborted();
    if (thrown instanceof VerbatimError || thrown instanceof Interrupted) throw thrown;
    throw new Interrupted(`the connection broke (${reasonOf(thrown)})`, { cause: thrown });
  } finally {
    clearTimeout(timer);
  }
}

/** Makes the part end where the answer begins; refuses an answer that cannot be of the wanted file. */
async function place(response: Response, file: Download, part: PartFile): Promise<void> {
  try {
    if (response.status === 416 || (response.status === 206 && !continues(response, part.size, file.size))) {
      part.restart();
      throw new Interrupted("the server could not go on where it stopped");
    }
    // The whole file, though a range was asked for.
    if (response.status === 200) part.restart();
    const announced = response.headers.get("content-length");
    if (announced !== null && part.size + Number(announced) !== file.size)
      throw strange(file, part, String(part.size + Number(announced)));
  } catch (thrown) {
    await response.body?.cancel();
    throw thrown;
  }
}

/** Whether a partial answer is the wanted rest of the wanted file (RFC 9110, section 14.4). */
function continues(response: Response, from: number, size: number): boolean {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "") ?? [];
  return Number(start) === from && (total === "*" || Number(total) === size);
}

function strange(file: Download, part: PartFile, size: string): VerbatimError {
  part.discard();
  const message = `What ${file.url} sends is not the model: it has ${size} bytes, and ${file.size} are expected.`;
  return new VerbatimError("model-missing", message);
}

function givenUp(file: Download, part: PartFile, last: Interrupted): VerbatimError {
  const kept = part.size > 0 ? ` ${part.size} of ${file.size} bytes are kept: the next try goes on there.` : "";
  return new VerbatimError("model-missing", `${file.url} could not be downloaded: ${last.message}.${kept}`, {
    reason: "unreachable",
    cause: last,
  });
}
