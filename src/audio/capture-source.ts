/** Where live sound is taken from, as a setting says it. */

import { statSync } from "node:fs";
import { connect } from "node:net";
import { VerbatimError } from "../error.ts";
import type { CaptureSource } from "./capture.ts";

/** What a setting may begin with; anything else is the path of a file or of a named pipe. */
const DEVICE = /^device:(.+)$/s;
const TCP = /^tcp:\/\/(\[[0-9a-f:.]+\]|[^/:[\]]+):(\d{1,5})\/?$/i;
const HTTP = /^https?:\/\//i;

/**
 * `microphone`, `device:NAME`, `tcp://HOST:PORT` and `http(s)://…` (any media, as it comes), or a path. What is no microphone is taken at the
 * pace at which it was spoken. Throws `bad-audio` for a path that leads nowhere.
 */
export function captureSource(text: string): CaptureSource {
  if (text === "microphone") return { device: undefined };
  const device = DEVICE.exec(text)?.[1];
  if (device !== undefined) return { device };
  const [, host, port] = TCP.exec(text) ?? [];
  if (host !== undefined) return { pipe: fromTcp(host.replace(/^\[(.*)\]$/, "$1"), Number(port)), realtime: true };
  if (HTTP.test(text)) return { pipe: fromHttp(text), realtime: true };
  const found = statSync(text, { throwIfNoEntry: false });
  if (found === undefined) throw new VerbatimError("bad-audio", `The capture source ${text} does not exist.`);
  if (found.isDirectory()) throw new VerbatimError("bad-audio", `The capture source ${text} is a folder.`);
  return found.isFIFO() ? { pipe: Bun.file(text).stream(), realtime: true } : { file: text, realtime: true };
}

async function* fromTcp(host: string, port: number): AsyncGenerator<Uint8Array> {
  yield* connect({ host, port });
}

async function* fromHttp(url: string): AsyncGenerator<Uint8Array> {
  const { body } = await fetch(url);
  if (body) yield* body;
}
