import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FileServer, serveFile } from "../../test/file-server.ts";
import { VerbatimError } from "../error.ts";
import { openLog, silentLog } from "../log/log.ts";
import { type Download, type DownloadOptions, download } from "./download.ts";

const content = crypto.getRandomValues(new Uint8Array(60_000));
const sha256 = new Bun.CryptoHasher("sha256").update(content).digest("hex");

let folder: string;
let server: FileServer;
let file: Download;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verbatim-download-"));
  server = serveFile(content);
  file = {
    url: `${server.url}/repo/resolve/rev/ggml-x.bin`,
    to: join(folder, "ggml-x.bin"),
    size: content.length,
    sha256,
  };
});
afterEach(() => {
  server[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const patience = { stall: 200, tries: 3, pause: 1 };

function fetchFile(change: Partial<Download> = {}, options: Partial<DownloadOptions> = {}): Promise<void> {
  return download({ ...file, ...change }, { log: silentLog, patience, ...options });
}

async function failure(promise: Promise<void>): Promise<string> {
  try {
    await promise;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(VerbatimError);
    return (thrown as VerbatimError).message;
  }
  throw new Error("the download did not fail");
}

/** The file is there, whole, and nothing lies beside it. */
function expectWhole(): void {
  expect(readdirSync(folder)).toEqual(["ggml-x.bin"]);
  expect(Buffer.compare(readFileSync(file.to), content)).toBe(0);
}

describe("a download", () => {
  test("arrives whole, with progress up to its size", async () => {
    const seen: number[] = [];
    await fetchFile({}, { progress: (bytes) => seen.push(bytes) });
    expectWhole();
    expect(seen.at(-1)).toBe(content.length);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(server.requests[0]).toMatchObject({
      path: "/repo/resolve/rev/ggml-x.bin",
      headers: { "accept-encoding": "identity" },
    });
    expect(server.requests[0]?.headers.range).toBeUndefined();
  });

  test("goes on where an earlier one stopped", async () => {
    writeFileSync(`${file.to}.part`, content.subarray(0, 20_000));
    await fetchFile();
    expectWhole();
    expect(server.requests.map(({ headers }) => headers.range)).toEqual(["bytes=20000-"]);
  });

  test("asks for nothing when the part was whole already", async () => {
    writeFileSync(`${file.to}.part`, content);
    await fetchFile();
    expectWhole();
    expect(server.requests).toHaveLength(0);
  });

  test("survives cuts, stalls and a busy server, and goes on after each", async () => {
    server.faults.push({ cutAfter: 10_000 }, { status: 503 }, { stallAfter: 5000 }, { status: 429 }, { cutAfter: 1 });
    const lines: string[] = [];
    const log = openLog({ level: "warn", format: "json", write: (line) => lines.push(line) });
    await fetchFile({}, { log, patience: { ...patience, tries: 6 } });
    expectWhole();
    expect(lines).toHaveLength(5);
    const begins = server.requests.map(({ headers }) => Number(/\d+/.exec(headers.range ?? "0")?.[0]));
    expect(begins).toHaveLength(6);
    expect(begins).toEqual(begins.toSorted((a, b) => a - b));
    expect(begins.at(-1)).toBeGreaterThanOrEqual(5000);
  });

  test("begins again when the server ignores the range, or sends another one", async () => {
    writeFileSync(`${file.to}.part`, content.subarray(0, 20_000));
    server.faults.push({ ignoreRange: true });
    await fetchFile();
    expectWhole();

    rmSync(file.to);
    writeFileSync(`${file.to}.part`, content.subarray(0, 20_000));
    server.faults.push({ rangeFrom: 0 });
    await fetchFile();
    expectWhole();
  });

  test("begins again when what was begun is longer than the file (416)", async () => {
    writeFileSync(`${file.to}.part`, new Uint8Array(content.length + 10));
    await fetchFile();
    expectWhole();
  });

  test("takes an answer without a length", async () => {
    server.faults.push({ unannounced: true });
    await fetchFile();
    expectWhole();
  });

  test("two at once for one file: the part of the first is not mixed with the second's", async () => {
    const other = join(folder, "other");
    mkdirSync(other);
    await Promise.all([fetchFile(), fetchFile({ to: join(other, "ggml-x.bin") })]);
    expect(Buffer.compare(readFileSync(join(other, "ggml-x.bin")), content)).toBe(0);
  });
});

describe("a download fails", () => {
  test("for a wrong checksum: what came is deleted", async () => {
    const wrong = content.slice();
    wrong[30_000] = (wrong[30_000] as number) ^ 1;
    server.faults.push({ content: wrong });
    expect(await failure(fetchFile())).toMatch(
      /^What http.* sent is not the model: its sha256 is .* It was deleted\.$/,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  test("for a wrong checksum of the part that was here: the next try succeeds", async () => {
    writeFileSync(`${file.to}.part`, new Uint8Array(20_000));
    expect(await failure(fetchFile())).toContain("is not the model");
    await fetchFile();
    expectWhole();
  });

  test("for another size, announced or not", async () => {
    server.faults.push({ content: content.subarray(1) });
    expect(await failure(fetchFile())).toContain(
      `it has ${content.length - 1} bytes, and ${content.length} are expected`,
    );
    server.faults.push({ content: new Uint8Array(content.length + 5000), unannounced: true });
    expect(await failure(fetchFile())).toContain("it has more bytes");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("for 401, 403 and 404, at once and with what to do", async () => {
    server.faults.push({ status: 401 }, { status: 403 }, { status: 404 }, { status: 400 });
    expect(await failure(fetchFile())).toContain("answers 401 for http");
    expect(await failure(fetchFile())).toContain("set HF_TOKEN");
    expect(await failure(fetchFile())).toContain("no such file");
    expect(await failure(fetchFile())).toMatch(/answers 400 for .*ggml-x\.bin\.$/);
    expect(server.requests).toHaveLength(4);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("when nothing helps: what arrived is kept, and said", async () => {
    server.faults.push({ cutAfter: 7000 }, ...Array<object>(5).fill({ status: 500 }));
    expect(await failure(fetchFile())).toContain(
      "answers 500. 7000 of 60000 bytes are kept: the next try goes on there.",
    );
    expect(readdirSync(folder)).toEqual(["ggml-x.bin.part"]);
    server.faults.length = 0;
    await fetchFile();
    expectWhole();
  });

  test("when nobody is there", async () => {
    server[Symbol.dispose]();
    expect(await failure(fetchFile())).toContain("cannot be reached");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("when redirected in circles", async () => {
    server.faults.push(...Array<object>(9).fill({ status: 302, location: "/again" }));
    expect(await failure(fetchFile())).toContain("redirects in circles");
  });

  test("when the folder cannot be made", async () => {
    writeFileSync(join(folder, "in-the-way"), "");
    expect(await failure(fetchFile({ to: join(folder, "in-the-way", "x.bin") }))).toContain("VERBATIM_CACHE_DIR");
  });

  test("when the disk has no room for it", async () => {
    expect(await failure(fetchFile({ size: 2 ** 60 }))).toContain("MB are needed");
    expect(server.requests).toHaveLength(0);
  });
});

test("the signal stops it, and what arrived is kept for the next start", async () => {
  server.faults.push({ stallAfter: 9000 });
  const stop = new AbortController();
  const running = fetchFile(
    {},
    {
      signal: stop.signal,
      patience: { ...patience, stall: 60_000 },
      progress: (bytes) => bytes === 9000 && stop.abort(),
    },
  );
  await expect(running).rejects.toThrow("aborted");
  await running.catch(() => {});
  expect(existsSync(file.to)).toBe(false);
  expect(readFileSync(`${file.to}.part`)).toHaveLength(9000);
  await fetchFile();
  expectWhole();
  expect(server.requests.at(-1)?.headers.range).toBe("bytes=9000-");
});

describe("a token", () => {
  test("goes to the endpoint and its own redirects, and to no other server", async () => {
    using content2 = serveFile(content);
    server.faults.push({ status: 307, location: "/moved" }, { status: 302, location: `${content2.url}/cdn` });
    await fetchFile({ token: "hf_secret" });
    expectWhole();
    expect(server.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ["/repo/resolve/rev/ggml-x.bin", "Bearer hf_secret"],
      ["/moved", "Bearer hf_secret"],
    ]);
    expect(content2.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([["/cdn", undefined]]);
  });
});
