import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ErrorCode, VerbatimError } from "../../error.ts";
import { beginCall } from "../call.ts";
import { errorReply, managementErrorReply } from "./errors.ts";

const ID = "01a1feb0-257f-7389-8696-c09400f98fda";

function requestOf(headers: Record<string, string> = {}): Request {
  const request = new Request("http://localhost/v1/listen", { headers });
  beginCall(request, {
    id: headers["x-request-id"] ?? ID,
    client: "test",
    signal: new AbortController().signal,
    facts: {},
  });
  return request;
}

const line = async (name: string, response: Response) =>
  `${name} ${response.status} ${(await response.text()).replaceAll(ID, "<id>")}`;

const failure = (code: ErrorCode, reason = "", message = "Our own sentence.") =>
  new VerbatimError(code, message, reason === "" ? {} : { reason });

describe("errorReply", () => {
  test("golden: every code, and every reason that has a row of its own", async () => {
    const rows = readFileSync(join(import.meta.dir, "golden/errors.golden"), "utf8")
      .trim()
      .split("\n");
    for (const row of rows) {
      const [name = ""] = row.split(" ");
      const [code = "", reason] = name.split("/");
      expect(await line(name, errorReply(failure(code as ErrorCode, reason), requestOf()))).toBe(row);
    }
  });

  test("every answer has its id, its type, and its message as a header", () => {
    const { headers } = errorReply(failure("bad-audio"), requestOf());
    expect(Object.fromEntries(headers)).toEqual({
      "content-type": "application/json",
      "dg-error": "Bad Request: failed to process audio: corrupt or unsupported data",
      "dg-request-id": ID,
      "x-dg-request-id": ID,
      "x-verbatim-detail": "Our own sentence.",
    });
  });

  test("what libraries send again says when; what will fail again has another status", () => {
    const retried = (code: ErrorCode) => {
      const { status } = errorReply(failure(code), requestOf());
      return status === 408 || status === 429 || status >= 500;
    };
    for (const code of [
      "bad-request",
      "bad-parameter",
      "bad-audio",
      "too-large",
      "model-unknown",
      "model-missing",
    ] as const)
      expect(retried(code)).toBe(false);
    for (const code of ["language-unsupported", "unauthorized", "forbidden", "not-found", "conflict"] as const)
      expect(retried(code)).toBe(false);
    for (const code of ["busy", "loading", "shutting-down"] as const) expect(retried(code)).toBe(true);
    const busy = errorReply(new VerbatimError("busy", "Busy.", { retryAfter: 2.2 }), requestOf());
    expect(busy.headers.get("retry-after")).toBe("3");
  });

  test("what went wrong inside the server, and which key was wrong, stay inside", async () => {
    for (const code of ["internal", "engine-failed", "unauthorized"] as const) {
      const response = errorReply(failure(code, "", "secret"), requestOf());
      expect(JSON.stringify([...response.headers]) + (await response.text())).not.toContain("secret");
    }
  });

  test("a header takes no line ends and nothing but ASCII", () => {
    const { headers } = errorReply(
      failure("bad-parameter", "", "Invalid 'x' value of 'ü\r\nset-cookie: a'."),
      requestOf(),
    );
    expect(headers.get("dg-error")).toBe("Invalid 'x' value of '?set-cookie: a'.");
    expect(headers.get("set-cookie")).toBeNull();
  });

  test("an id that the client gave is not Deepgram's: that one is a UUID of its own, and one per request", async () => {
    const request = requestOf({ "x-request-id": "mine" });
    const first = errorReply(failure("busy"), request);
    const id = first.headers.get("dg-request-id");
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(errorReply(failure("busy"), request).headers.get("dg-request-id")).toBe(id);
    expect(errorReply(failure("busy"), requestOf({ "x-request-id": "mine" })).headers.get("dg-request-id")).not.toBe(
      id,
    );
    expect(((await first.json()) as { request_id: string }).request_id).toBe(id as string);
  });

  test("management routes have the names of both generations", async () => {
    const body = await managementErrorReply(failure("not-found", "project"), requestOf()).json();
    expect(body).toEqual({
      err_code: "PROJECT_NOT_FOUND",
      err_msg: "Project not found.",
      category: "PROJECT_NOT_FOUND",
      message: "Project not found.",
      details: "Our own sentence.",
      request_id: ID,
    });
  });
});
