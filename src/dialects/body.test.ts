import { describe, expect, test } from "bun:test";
import { VerbatimError } from "../error.ts";
import { checkLength, chunksOf } from "./body.ts";

const limits = { total: 1000, idle: 60 };

/** A body to which the test writes, and its reading, which takes its time for each chunk. */
function sent(end = new AbortController(), slowly = 0) {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given;
    },
    cancel() {
      cancelled = true;
    },
  });
  const read = async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of chunksOf(body, limits, end.signal)) {
      await Bun.sleep(slowly);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
  };
  return { controller, read, end, wasCancelled: () => cancelled };
}

async function refused(reading: Promise<unknown>): Promise<{ code: string; reason: string | undefined }> {
  const thrown = await reading.catch((error: unknown) => error);
  if (!(thrown instanceof VerbatimError)) throw thrown;
  return { code: thrown.code, reason: thrown.reason };
}

describe("chunksOf", () => {
  test("gives what comes, to its end", async () => {
    const { controller, read } = sent();
    controller.enqueue(Buffer.from("a"));
    controller.enqueue(Buffer.from("b"));
    controller.close();
    expect(await read()).toBe("ab");
  });

  test("ends what is too long, whatever was said of its length", async () => {
    const { controller, read, wasCancelled } = sent();
    controller.enqueue(Buffer.alloc(1001));
    expect(await refused(read())).toEqual({ code: "too-large", reason: "upload" });
    expect(wasCancelled()).toBe(true);
    expect(() => checkLength(new Headers({ "content-length": "1001" }), 1000)).toThrow(VerbatimError);
    expect(() => checkLength(new Headers({ "content-length": "1000" }), 1000)).not.toThrow();
    expect(() => checkLength(new Headers(), 1000)).not.toThrow();
  });

  test("tells a client that stops from one that is cut off and from an end of ours", async () => {
    expect(await refused(sent().read())).toEqual({ code: "timeout", reason: "slow-upload" });
    const broken = sent();
    broken.controller.error(new TypeError("reset"));
    expect(await refused(broken.read())).toEqual({ code: "bad-request", reason: "broken-upload" });
    const gone = sent();
    gone.controller.error(new DOMException("closed", "AbortError"));
    expect(await refused(gone.read())).toEqual({ code: "cancelled", reason: undefined });
    const ended = sent();
    ended.end.abort(new VerbatimError("shutting-down", "The server is shutting down."));
    expect(await refused(ended.read())).toEqual({ code: "shutting-down", reason: undefined });
  });

  test("the time that the reader takes is not the client's", async () => {
    const { controller, read } = sent(new AbortController(), 3 * limits.idle);
    for (const text of ["a", "b"]) controller.enqueue(Buffer.from(text));
    controller.close();
    expect(await read()).toBe("ab");
  });

  test("a reader that leaves gives the rest up", async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (given) => given.enqueue(Buffer.from("x")),
      cancel() {
        cancelled = true;
      },
    });
    for await (const chunk of chunksOf(endless, limits, new AbortController().signal)) {
      expect(chunk).toHaveLength(1);
      break;
    }
    expect(cancelled).toBe(true);
  });
});
