import { describe, expect, test } from "bun:test";
import { VerbatimError } from "../error.ts";
import { boundaryOf, MultipartScanner } from "./multipart.ts";

interface Part {
  name: string;
  filename?: string;
  type?: string;
  text: string;
}

/** Parses `body` cut into pieces of `size` bytes. */
function parse(
  body: string | Buffer,
  boundary: string,
  size = Number.POSITIVE_INFINITY,
): { parts: Part[]; done: boolean } {
  const scanner = new MultipartScanner(boundary);
  const bytes = Buffer.from(body as string);
  const parts: Part[] = [];
  for (let at = 0; at < bytes.length; at += Math.min(size, bytes.length))
    for (const event of scanner.push(bytes.subarray(at, at + size))) {
      if (event.kind === "head") parts.push({ ...event.head, text: "" });
      const part = parts.at(-1);
      if (event.kind === "data" && part) part.text += event.bytes.toString("latin1");
    }
  return { parts, done: scanner.done };
}

function failure(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof VerbatimError && thrown.code === "bad-request") return thrown.message;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

const body =
  '--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n' +
  '--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: Audio/X-WAV; rate=16000\r\n\r\n' +
  "RIFF\r\n-\r\n--\r\n--y\r\n\r\n--x--\r\nepilogue";

describe("MultipartScanner", () => {
  test("gives the same parts however the bytes are cut", () => {
    const whole = parse(body, "x");
    expect(whole).toEqual({
      done: true,
      parts: [
        { name: "model", text: "whisper-1" },
        { name: "file", filename: "a.wav", type: "audio/x-wav", text: "RIFF\r\n-\r\n--\r\n--y\r\n" },
      ],
    });
    for (let size = 1; size < 60; size++) expect(parse(body, "x", size)).toEqual(whole);
  });

  test("reads what .NET sends: unquoted names, a starred filename, a boundary of its own taste", () => {
    const boundary = boundaryOf('multipart/form-data; boundary="=_-a\'b=="') as string;
    expect(boundary).toBe("=_-a'b==");
    const { parts } = parse(
      `--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=model\r\n\r\nwhisper-1` +
        `\r\n--${boundary}\r\nContent-Disposition: form-data; name=file; filename=Assets\\audio.mp3; filename*=utf-8''h%C3%A9.mp3\r\n\r\nID3` +
        `\r\n--${boundary}--\r\n`,
      boundary,
    );
    expect(parts).toEqual([
      { name: "model", type: "text/plain", text: "whisper-1" },
      { name: "file", filename: "hé.mp3", text: "ID3" },
    ]);
  });

  test("reads folded headers, escaped quotes, backslashes of paths, UTF-8 names, no type and an empty filename", () => {
    const part = (disposition: string) =>
      parse(`--x\r\ncontent-disposition: form-data; ${disposition}\r\n\r\n1\r\n--x--`, "x").parts[0];
    expect(part('name="a\\"b"; filename=""')).toEqual({ name: 'a"b', filename: "", text: "1" });
    expect(part('name="f"; filename="C:\\clips\\a.wav"')).toEqual({
      name: "f",
      filename: "C:\\clips\\a.wav",
      text: "1",
    });
    expect(part('\r\n  name="größe"')).toEqual({ name: "größe", text: "1" });
    expect(part("name = \"f\" ; filename*=iso-8859-1''%E9.wav")).toEqual({ name: "f", filename: "%E9.wav", text: "1" });
  });

  test("takes a preamble, padding after a boundary, and empty parts", () => {
    const { parts, done } = parse('hello\r\n--x \t\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n--x--', "x");
    expect(parts).toEqual([{ name: "a", text: "" }]);
    expect(done).toBe(true);
  });

  test("does not call a body whole that ends before its closing boundary", () => {
    for (let cut = 0; cut < body.indexOf("--x--") + 5; cut++) expect(parse(body.slice(0, cut), "x").done).toBe(false);
  });

  test("refuses endless headers, an endless preamble, parts without a name, encoded parts", () => {
    expect(failure(() => parse(`--x\r\nX: ${"a".repeat(20_000)}`, "x"))).toContain("headers of a part are too long");
    expect(failure(() => parse("-".repeat(20_000), "x"))).toContain("first boundary does not come");
    expect(failure(() => parse("--x\r\nContent-Type: text/plain\r\n\r\n1\r\n--x--", "x"))).toContain("no name");
    expect(failure(() => parse("--x\r\n\r\nvalue\r\n\r\n--x--", "x"))).toContain("no name");
    expect(failure(() => parse("--xy\r\n", "x"))).toContain("followed by something else");
    const encoded =
      '--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==\r\n--x--';
    expect(failure(() => parse(encoded, "x"))).toContain("base64");
  });
});

describe("boundaryOf", () => {
  test("is undefined for other types and refuses a form without a usable boundary", () => {
    expect(boundaryOf(null)).toBeUndefined();
    expect(boundaryOf("application/json; boundary=x")).toBeUndefined();
    expect(boundaryOf("multipart/form-datax; boundary=x")).toBeUndefined();
    expect(boundaryOf("Multipart/Form-Data; charset=utf-8; BOUNDARY=--a")).toBe("--a");
    expect(failure(() => boundaryOf("multipart/form-data"))).toContain("boundary");
    expect(failure(() => boundaryOf(`multipart/form-data; boundary=${"b".repeat(300)}`))).toContain("boundary");
  });

  test("ends on a hostile header", () => {
    expect(boundaryOf(`multipart/form-data; a="${"\\".repeat(60_001)}; boundary=b`)).toBe("b");
  });
});
