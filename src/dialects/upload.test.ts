import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VerbatimError } from "../error.ts";
import { Spool } from "./spool.ts";
import { readUpload, type Upload, type UploadLimits } from "./upload.ts";

let folder: string;
let spool: Spool;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verbatim-spool-"));
  spool = new Spool(join(folder, "spool"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const limits: UploadLimits = { total: 1 << 24, memory: 128 * 1024, fields: 1000, parts: 10, idle: 200 };

const { signal } = new AbortController();

const left = () => (existsSync(spool.folder) ? readdirSync(spool.folder) : []);

/** A request whose body comes in pieces of odd sizes, without a Content-Length. */
async function send(form: FormData, change: Partial<UploadLimits> = {}): Promise<Upload> {
  const whole = new Response(form);
  const headers = new Headers({ "content-type": whole.headers.get("content-type") ?? "" });
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const bytes = new Uint8Array(await whole.arrayBuffer());
      for (let at = 0; at < bytes.length; at += 65_537) controller.enqueue(bytes.slice(at, at + 65_537));
      controller.close();
    },
  });
  return readUpload({ headers, body, signal }, { ...limits, ...change }, spool);
}

function form(bytes: Uint8Array, fields: [string, string][] = [["model", "whisper-1"]]): FormData {
  const form = new FormData();
  form.append("file", new Blob([bytes as Uint8Array<ArrayBuffer>]), "speech.wav");
  for (const [name, value] of fields) form.append(name, value);
  return form;
}

async function refused(upload: Promise<Upload>): Promise<VerbatimError> {
  const thrown = await upload.then(
    () => undefined,
    (error) => error,
  );
  expect(thrown).toBeInstanceOf(VerbatimError);
  expect(left()).toEqual([]);
  return thrown as VerbatimError;
}

/** The bytes of an upload that stayed in memory, or the path of its spool file. */
function sourceOf({ file }: Upload): { bytes?: Uint8Array; path?: string } {
  if (!file) throw new Error("no file");
  return file.source;
}

/** A body that is written by hand. */
function raw(...pieces: string[]): {
  controller: ReadableStreamDefaultController<Uint8Array>;
  end: AbortController;
  upload: Promise<Upload>;
} {
  const end = new AbortController();
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given;
    },
  });
  for (const piece of pieces) controller.enqueue(Buffer.from(piece));
  const headers = new Headers({ "content-type": "multipart/form-data; boundary=x" });
  return { controller, end, upload: readUpload({ headers, body, signal: end.signal }, limits, spool) };
}

const fileHead = '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';

describe("readUpload", () => {
  test("keeps a small file in memory, with its fields in order", async () => {
    const bytes = crypto.getRandomValues(Buffer.alloc(65_000));
    const fields: [string, string][] = [
      ["include[]", "a"],
      ["include[]", "b"],
      ["prompt", "Zürich\r\n--x"],
    ];
    await using upload = await send(form(bytes, fields));
    expect(upload.fields).toEqual(fields);
    expect(upload.file).toMatchObject({ name: "file", filename: "speech.wav", size: bytes.length });
    expect(sourceOf(upload).bytes && bytes.equals(sourceOf(upload).bytes as Uint8Array)).toBe(true);
    expect(left()).toEqual([]);
  });

  test("spools a large file, readable by us alone, and removes it afterwards", async () => {
    const bytes = crypto.getRandomValues(Buffer.alloc(1_000_003));
    let path = "";
    {
      await using upload = await send(form(bytes));
      path = sourceOf(upload).path ?? "";
      expect(readFileSync(path).equals(bytes)).toBe(true);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(spool.folder).mode & 0o777).toBe(0o700);
      expect(upload.file?.size).toBe(bytes.length);
    }
    expect(existsSync(path)).toBe(false);
  });

  test("refuses what is too large as soon as it is known", async () => {
    const large = new Uint8Array(1 << 20);
    const declared = new Headers({ "content-type": "multipart/form-data; boundary=x", "content-length": "16777217" });
    const never = new ReadableStream<Uint8Array>({ pull: () => Promise.reject(new Error("the body was read")) });
    expect((await refused(readUpload({ headers: declared, body: never, signal }, limits, spool))).code).toBe(
      "too-large",
    );
    expect((await refused(send(form(large), { total: 500_000 }))).code).toBe("too-large");
    expect((await refused(send(form(large, [["prompt", "a".repeat(1001)]])))).code).toBe("too-large");
  });

  test("refuses two files, too many parts, other types and no body", async () => {
    const two = form(new Uint8Array(10));
    two.append("file", new Blob(["x"]), "b.wav");
    expect(await refused(send(two))).toMatchObject({ code: "bad-parameter", parameter: "file" });
    const many = Array.from({ length: 11 }, (): [string, string] => ["a", "b"]);
    expect((await refused(send(form(new Uint8Array(10), many)))).message).toContain("more than 10 parts");
    const json = new Headers({ "content-type": "application/json" });
    expect((await refused(readUpload({ headers: json, body: null, signal }, limits, spool))).message).toContain(
      "multipart/form-data",
    );
    const empty = new Headers({ "content-type": "multipart/form-data; boundary=x" });
    expect((await refused(readUpload({ headers: empty, body: null, signal }, limits, spool))).message).toContain(
      "empty",
    );
  });

  test("a media type makes a file of a part without a filename, a text type does not", async () => {
    const { controller, upload } = raw(
      '--x\r\nContent-Disposition: form-data; name="file"\r\nContent-Type: audio/webm;codecs=opus\r\n\r\nabc\r\n',
      '--x\r\nContent-Disposition: form-data; name="options"\r\nContent-Type: application/json\r\n\r\n{}\r\n--x--',
    );
    controller.close();
    const { file, fields } = await upload;
    expect(file).toMatchObject({ name: "file", filename: "", size: 3 });
    expect(fields).toEqual([["options", "{}"]]);
  });

  test("an upload that stops half-way, is cut off or breaks leaves nothing behind", async () => {
    const spooled = fileHead + "a".repeat(400_000);
    const stopped = raw(spooled);
    await Bun.sleep(50);
    expect(left()).toHaveLength(1);
    expect((await refused(stopped.upload)).code).toBe("timeout");

    const cut = raw(spooled);
    cut.controller.close();
    expect((await refused(cut.upload)).message).toContain("ends before its closing boundary");

    const broken = raw(spooled);
    await Bun.sleep(20);
    broken.controller.error(new DOMException("The connection was closed.", "AbortError"));
    expect((await refused(broken.upload)).code).toBe("cancelled");

    const ended = raw(spooled);
    await Bun.sleep(20);
    ended.end.abort(new VerbatimError("shutting-down", "The server is shutting down."));
    expect((await refused(ended.upload)).code).toBe("shutting-down");
  });

  test("files go to the spool when all requests together hold too much in memory, until one gives back", async () => {
    spool = new Spool(join(folder, "spool"), 64 * 1024);
    const bytes = crypto.getRandomValues(Buffer.alloc(100_000));
    {
      await using first = await send(form(bytes));
      await using second = await send(form(bytes));
      expect(sourceOf(first).bytes?.length).toBe(bytes.length);
      expect(readFileSync(sourceOf(second).path ?? "").equals(bytes)).toBe(true);
    }
    await using third = await send(form(bytes));
    expect(sourceOf(third).bytes?.length).toBe(bytes.length);
    expect(left()).toEqual([]);
  });

  test("text fields are counted too, and given back whether the request is answered or refused", async () => {
    spool = new Spool(join(folder, "spool"), 100_000);
    const fields = (): [string, string][] => [["prompt", "x".repeat(120_000)]];
    const large = { fields: 1 << 20 };
    const nothing = new Uint8Array(1);
    {
      await using first = await send(form(nothing, fields()), large);
      expect(first.fields[0]?.[1]).toHaveLength(120_000);
      expect(await refused(send(form(nothing, fields()), large))).toMatchObject({ code: "busy" });
    }
    await using third = await send(form(nothing, fields()), large);
    expect(third.fields).toHaveLength(1);
  });

  test("a spool that cannot be written is an error that says so without a path", async () => {
    writeFileSync(join(folder, "spool"), "a file where the folder should be");
    const thrown = await send(form(new Uint8Array(1 << 20))).catch((error) => error);
    expect(thrown).toMatchObject({ code: "internal", reason: "spool" });
    expect(thrown.message).not.toContain(folder);
  });
});

describe("Spool.sweep", () => {
  test("removes what dead processes left, and nothing else", async () => {
    const mine = await spool.create();
    await mine.handle.close();
    const host = (mine.path.split("/").at(-1) as string).split("-")[0];
    const dead = Bun.spawn(["true"]);
    await dead.exited;
    const uuid = crypto.randomUUID();
    const kept = [`${host}-${process.ppid}-${uuid}`, `${"0".repeat(16)}-1-${uuid}`, "notes.txt"];
    for (const name of [`${host}-${dead.pid}-${uuid}`, ...kept]) writeFileSync(join(spool.folder, name), "");
    expect(await spool.sweep()).toBe(2);
    expect(left().sort()).toEqual(kept.sort());
  });

  test("has nothing to do where there is no folder yet", async () => {
    expect(await spool.sweep()).toBe(0);
  });
});
