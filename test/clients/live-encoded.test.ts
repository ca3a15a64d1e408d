/** Live sessions whose audio is a container that comes in as it is made, decoded by a real ffmpeg. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { until } from "../../src/engine/testing.ts";
import { type Heard, listen } from "../../src/recognizer/live/testing.ts";
import { openTestRecognizer, recording, type TestRecognizer, wordErrorRate } from "../../src/recognizer/testing.ts";
import { clip } from "../data.ts";
import { belongings } from "../waves.ts";

let test16k: TestRecognizer;
beforeAll(async () => {
  test16k = await openTestRecognizer();
});
afterAll(() => test16k[Symbol.asyncDispose]());
afterEach(() => until(() => programs().length === 0));

const { reference } = recording("containers_jfk/jfk.wav");
const bytesOf = (name: string) => new Uint8Array(readFileSync(clip(`containers_jfk/${name}`).file));

/** The ffmpeg processes that run. */
function programs(): string[] {
  return belongings().children.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "ffmpeg";
    } catch {
      return false;
    }
  });
}

async function pushAll({ session }: Heard, bytes: Uint8Array, piece = 1000): Promise<void> {
  for (let at = 0; at < bytes.length; at += piece) await session.pushEncoded(bytes.subarray(at, at + piece));
}

describe("a live container", () => {
  test.each(["jfk.webm", "jfk.opus", "jfk.mp3", "jfk.ogg", "jfk.m4a"])("%s is understood", async (name) => {
    const heard = listen(test16k);
    await pushAll(heard, bytesOf(name));
    await heard.session.close();
    await heard.over;
    expect(wordErrorRate(reference, heard.text)).toBeLessThan(0.1);
    expect(heard.of("opened").length).toBe(1);
    expect(heard.of("error")).toEqual([]);
  });

  test("is heard before its end, and finalized where it is", async () => {
    const heard = listen(test16k, { interim: false, endpointing: "manual" });
    const bytes = bytesOf("jfk.webm");
    await pushAll(heard, bytes.subarray(0, bytes.length / 2));
    await heard.next("speech-started");
    heard.session.finalize();
    const { to, text } = await heard.next("final");
    expect(to).toBeWithin(3, 7);
    expect(text).toContain("Americans");
    heard.session.abort();
    await heard.over;
  });

  test.each(["jfk.webm", "jfk.opus"])(
    "%s is finalized where it is, by a decoder that has not begun to give sound",
    async (name) => {
      const heard = listen(test16k, { interim: false, endpointing: "manual" });
      const bytes = bytesOf(name);
      void heard.session.pushEncoded(bytes.subarray(0, bytes.length / 2));
      await until(() => programs().length === 1);
      const [decoder] = programs().map(Number);
      process.kill(decoder as number, "SIGSTOP");
      heard.session.finalize();
      await Bun.sleep(1500);
      process.kill(decoder as number, "SIGCONT");
      const { to, text } = await heard.next("final");
      expect(to).toBeWithin(4, 6.5);
      expect(text).toContain("Americans");
      // What follows is heard after it, and nothing twice.
      await pushAll(heard, bytes.subarray(bytes.length / 2));
      await heard.session.close();
      await heard.over;
      expect(wordErrorRate(reference, heard.text)).toBeLessThan(0.15);
    },
  );

  test("is finalized again and again, chunk by chunk, as a browser records it", async () => {
    const heard = listen(test16k, { interim: false, endpointing: "manual" });
    const bytes = bytesOf("jfk.webm");
    const reached: number[] = [];
    const chunk = bytes.length / 10;
    for (let i = 0; i < 10; i++) {
      void heard.session.pushEncoded(bytes.subarray(i * chunk, (i + 1) * chunk));
      heard.session.finalize();
      await heard.next("final", i);
      reached.push(heard.events.flatMap((event) => (event.type === "finalized" ? [event.to] : [])).at(-1) ?? 0);
    }
    // Each time all that was in the bytes, of which a second has nearly as many as any other.
    for (const [i, to] of reached.entries()) expect(to).toBeWithin(1.1 * i + 0.6, 1.1 * i + 1.6);
    heard.session.abort();
    await heard.over;
  }, 30_000);

  test("that breaks off gives what has come", async () => {
    const heard = listen(test16k);
    const bytes = bytesOf("jfk.webm");
    await pushAll(heard, bytes.subarray(0, bytes.length / 2));
    await heard.session.close();
    await heard.over;
    expect(heard.text).toContain("Americans");
    expect(heard.of("closed")).toMatchObject([{ reason: "closed" }]);
  });

  test("whose decoder dies ends the session with an error, after what was said", async () => {
    const heard = listen(test16k, { interim: false });
    const bytes = bytesOf("jfk.webm");
    await pushAll(heard, bytes.subarray(0, bytes.length / 2));
    await heard.next("speech-started");
    for (const pid of programs()) process.kill(Number(pid), "SIGKILL");
    await heard.over;
    expect(heard.text).toContain("fellow");
    const types = heard.events.map(({ type }) => type);
    expect(types.slice(-2)).toEqual(["error", "closed"]);
    expect(types.indexOf("final")).toBeLessThan(types.indexOf("error"));
    expect(heard.of("error")).toMatchObject([{ code: "bad-audio" }]);
  });

  test("with nothing in it is an error", async () => {
    const heard = listen(test16k);
    await pushAll(heard, bytesOf("jfk.webm").subarray(0, 200));
    await heard.session.close();
    await heard.over;
    expect(heard.of("error")).toMatchObject([{ code: "bad-audio" }]);
    expect(heard.of("closed")).toMatchObject([{ reason: "failed" }]);
  });

  test("whose client goes takes its decoder with it", async () => {
    const heard = listen(test16k);
    await pushAll(heard, bytesOf("jfk.webm").subarray(0, 20_000));
    expect(programs()).toHaveLength(1);
    heard.session.abort();
    await heard.over;
  });
});
