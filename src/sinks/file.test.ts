import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Queued } from "./destination.ts";
import { LinesFile } from "./file.ts";

// This machine may be busy.
setDefaultTimeout(60_000);

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "verbatim-lines-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const batch = (...numbers: number[]): Queued[] =>
  numbers.map((seq) => ({ seq, id: `id-${seq}`, session: "s", body: `{"id":"id-${seq}","text":"größer ${seq}"}` }));
const text = (...numbers: number[]) =>
  batch(...numbers)
    .map(({ body }) => `${body}\n`)
    .join("");

let folders = 0;
/** A file in a folder of its own, and notes that outlive the sink as those in the queue do. */
function place() {
  const path = join(root, `${folders++}`, "transcripts.ndjson");
  const kept = new Map<string, string>();
  const notes = {
    note: (name: string) => kept.get(name),
    setNote: (name: string, value: string) => void kept.set(name, value),
  };
  return {
    path,
    /** A new sink knows no more than one after a crash does. */
    async deliver(...numbers: number[]): Promise<number[]> {
      return deliverTo(new LinesFile(path, notes), numbers);
    },
    start: () => new LinesFile(path, notes),
  };
}

async function deliverTo(file: LinesFile, numbers: number[]): Promise<number[]> {
  const settled: number[] = [];
  await file.deliver(batch(...numbers), (parcels) => void settled.push(...parcels.map(({ seq }) => seq)));
  return settled;
}

describe("the file", () => {
  test("gets a line per record, and is nobody else's", async () => {
    const { path, start } = place();
    const file = start();
    expect(await deliverTo(file, [1, 2])).toEqual([1, 2]);
    expect(await deliverTo(file, [3])).toEqual([3]);
    expect(readFileSync(path, "utf8")).toBe(text(1, 2, 3));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("may be renamed, emptied or removed at any time", async () => {
    const { path, start } = place();
    const file = start();
    await deliverTo(file, [1]);
    renameSync(path, `${path}.1`);
    await deliverTo(file, [2]);
    expect([readFileSync(`${path}.1`, "utf8"), readFileSync(path, "utf8")]).toEqual([text(1), text(2)]);
    truncateSync(path, 0);
    await deliverTo(file, [3]);
    expect(readFileSync(path, "utf8")).toBe(text(3));
    rmSync(path);
    await deliverTo(file, [4]);
    expect(readFileSync(path, "utf8")).toBe(text(4));
  });

  test("wherever a crash cut a batch, it is there once afterwards", async () => {
    const whole = Buffer.from(text(1, 2, 3));
    for (let cut = 0; cut <= whole.length; cut++) {
      const { path, deliver } = place();
      await deliver(1, 2, 3);
      truncateSync(path, cut);
      expect(await deliver(1, 2, 3, 4)).toEqual([1, 2, 3, 4]);
      expect(readFileSync(path, "utf8")).toBe(text(1, 2, 3, 4));
    }
  });

  test("a crash while the one before is put right writes nothing twice", async () => {
    const { path, start, deliver } = place();
    await deliver(1, 2);
    // It finds 1 and 2 where they are, writes 3, and dies before it can settle that.
    const settled: number[] = [];
    const dying = start().deliver(batch(1, 2, 3), (parcels) => {
      if (parcels.some(({ seq }) => seq === 3)) throw new Error("killed");
      settled.push(...parcels.map(({ seq }) => seq));
    });
    await dying.catch(({ message }) => expect(message).toBe("killed"));
    await deliver(...[1, 2, 3, 4].filter((number) => !settled.includes(number)));
    expect(readFileSync(path, "utf8")).toBe(text(1, 2, 3, 4));
  });

  test("a crash before a rotation is put right in the file that was rotated", async () => {
    const { path, deliver } = place();
    await deliver(1, 2);
    truncateSync(path, Buffer.byteLength(text(1)) + 5);
    renameSync(path, `${path}.1`);
    await deliver(1, 2, 3);
    expect([readFileSync(`${path}.1`, "utf8"), readFileSync(path, "utf8")]).toEqual([text(1, 2), text(3)]);
  });

  test("a torn line that is not of this batch is ended, so that the next one is whole", async () => {
    const { path, deliver } = place();
    await deliver(1);
    appendFileSync(path, "something else");
    await deliver(2);
    expect(readFileSync(path, "utf8")).toBe(`${text(1)}something else\n${text(2)}`);
  });

  test("that cannot be written is an error, and nothing is settled", async () => {
    const { path, start } = place();
    const file = start();
    await deliverTo(file, [1]);
    rmSync(path);
    rmSync(join(path, ".."), { recursive: true });
    writeFileSync(join(path, ".."), "a file where the folder was");
    expect(deliverTo(file, [2])).rejects.toThrow();
    expect(existsSync(path)).toBe(false);
  });
});
