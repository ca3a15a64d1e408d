/** What the tests of jobs share. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NewJob } from "./job.ts";

/** A folder that is gone with its test. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "verbatim-jobs-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface Receiver {
  url: string;
  /** What arrived, in order. */
  got: { method: string; path: string; type: string | null; authorization: string | null; body: string }[];
  /** The status to answer with; by default always 200. */
  answer: (body: string) => number | Promise<number>;
  stop(): Promise<void>;
}

/** A server that callbacks go to. */
export function startReceiver(): Receiver {
  const got: Receiver["got"] = [];
  const receiver: Receiver = { url: "", got, answer: () => 200, stop: () => server.stop(true) };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { method, headers } = request;
      const type = headers.get("content-type");
      const authorization = headers.get("authorization");
      const body = await request.text();
      got.push({ method, path: new URL(request.url).pathname, type, authorization, body });
      return new Response(null, { status: await receiver.answer(body) });
    },
  });
  receiver.url = `http://127.0.0.1:${server.port}/`;
  return receiver;
}

/** A job that needs nothing. */
export function job(id: string, url: string, more: Partial<NewJob> = {}): NewJob {
  return { id, kind: "echo", request: { say: id }, callback: { url, method: "POST" }, ...more };
}

/** Waits until something is so; the test's own limit ends it. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(10);
}
