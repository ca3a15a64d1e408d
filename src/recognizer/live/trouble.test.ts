/** Sessions that are used badly, or to which bad things happen. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SAMPLE_RATE } from "../../engine/settings.ts";
import { pcmOf, sentences, until, wordsOf } from "../../engine/testing.ts";
import { VerbatimError } from "../../error.ts";
import { join16k, openTestRecognizer, recording, type TestRecognizer, wordErrorRate } from "../testing.ts";
import type { Session } from "./session.ts";
import { type Heard, listen } from "./testing.ts";

let test16k: TestRecognizer;
beforeAll(async () => {
  test16k = await openTestRecognizer();
  // Partials are counted in time: none of it is to be that of loading.
  await test16k.engines.facts(test16k.model);
});
afterAll(() => test16k[Symbol.asyncDispose]());

const path = sentences[2] as string;
const other = sentences[3] as string;
const { reference } = recording(path);

/** Audio that sessions hold, as the scheduler counts it. */
function queuedSeconds(): number {
  return Number(/^stt_queue_audio_seconds (\S+)$/m.exec(test16k.metrics.text())?.[1]);
}

describe("bad input", () => {
  test("silence has no words", async () => {
    const heard = listen(test16k);
    for (let i = 0; i < 60; i++) heard.session.push([new Float32Array(SAMPLE_RATE)]);
    await heard.session.close();
    await heard.over;
    expect(heard.events.map(({ type }) => type)).toEqual(["closed"]);
  });

  test("noise has no words", async () => {
    for (const noise of ["nonspeech/tc_noise.flac", "nonspeech/voxtype_white_noise.flac"]) {
      const heard = listen(test16k);
      heard.session.push([join16k(pcmOf(noise), 1)]);
      await heard.session.close();
      expect(heard.text).toBe("");
    }
  });

  test("samples that are no numbers are silence, and told once", async () => {
    const heard = listen(test16k, { interim: false });
    heard.session.push([new Float32Array(1000).fill(Number.NaN)]);
    heard.session.push([new Float32Array(1000).fill(Number.POSITIVE_INFINITY)]);
    heard.session.push([join16k(pcmOf(path), 1)]);
    await heard.session.close();
    expect(heard.of("warning")).toMatchObject([{ code: "samples-repaired" }]);
    expect(wordErrorRate(reference, heard.text)).toBeLessThan(0.1);
  });

  test("an hour of silence holds nothing, and what is said then is heard", async () => {
    const heard = listen(test16k, { endpointing: "manual", interim: false });
    heard.session.push([pcmOf(other)]);
    for (let i = 0; i < 360; i++) {
      await heard.session.ready();
      heard.session.push([new Float32Array(10 * SAMPLE_RATE)]);
    }
    await heard.next("final");
    await until(() => queuedSeconds() < 1);
    heard.session.push([pcmOf(path)]);
    heard.session.finalize();
    const { text, from } = await heard.next("final", 1);
    expect(from).toBeGreaterThan(3600);
    expect(wordErrorRate(reference, text)).toBeLessThan(0.1);
    await heard.session.close();
  }, 60_000);

  test("pushes of one sample are as good as any", async () => {
    const heard = listen(test16k, { interim: false });
    for (const sample of pcmOf(path)) heard.session.push([Float32Array.of(sample)]);
    await heard.session.close();
    expect(wordErrorRate(reference, heard.text)).toBeLessThan(0.1);
  }, 60_000);

  test("planes that do not fit together are refused", async () => {
    const heard = listen(test16k, { channels: 2 });
    expect(() => heard.session.push([new Float32Array(10)])).toThrow(VerbatimError);
    expect(() => heard.session.push([new Float32Array(10), new Float32Array(11)])).toThrow(VerbatimError);
    expect(() => heard.session.pushRaw(new Uint8Array(10))).toThrow(VerbatimError);
    await heard.session.close();
  });

  test("audio after the end is ignored", async () => {
    const heard = listen(test16k);
    await heard.session.close();
    heard.session.push([pcmOf(path)]);
    heard.session.finalize();
    await heard.session.close();
    await heard.over;
    expect(heard.events.length).toBe(1);
  });

  test("more audio than may wait ends the session with a reason", async () => {
    const heard = listen(test16k, { mostBuffered: 60 });
    heard.session.push([new Float32Array(61 * SAMPLE_RATE)]);
    await heard.over;
    expect(heard.of("error")).toMatchObject([{ code: "too-large" }]);
    expect(heard.of("closed")).toMatchObject([{ reason: "overflow" }]);
  });

  test("who waits until the session is ready can push as much as there is", async () => {
    const heard = listen(test16k, { mostBuffered: 60, interim: false });
    const pcm = join16k(pcmOf(path), 1);
    let seconds = 0;
    let count = 0;
    for (; seconds < 90; count++) {
      await heard.session.ready();
      heard.session.push([pcm]);
      seconds += pcm.length / SAMPLE_RATE;
    }
    await heard.session.close();
    expect(heard.of("final").length).toBe(count);
    expect(heard.of("error")).toEqual([]);
  }, 60_000);

  /** How a session ends whose events nobody reads before it is over. */
  async function unread(use: (session: Session) => Promise<unknown>): Promise<{ last: unknown; count: number }> {
    const { recognizer, model } = test16k;
    const session = recognizer.openSession({ model, task: "transcribe", client: "test" });
    await use(session);
    let last: unknown;
    let count = 0;
    for await (const event of session.events) {
      last = event;
      count++;
    }
    return { last, count };
  }

  test("events that nobody reads for a while end the session", async () => {
    const over = () => /^stt_sessions_total\{reason="unread"\} (\d+)$/m.exec(test16k.metrics.text())?.[1] ?? "0";
    const before = over();
    const { last, count } = await unread(async (session) => {
      for (let i = 0; i < 600; i++) session.finalize();
      await until(() => over() !== before);
    });
    expect(last).toMatchObject({ type: "closed", reason: "unread" });
    expect(count).toBe(1201);
  }, 20_000);

  test("more events than anybody can read end the session at once", async () => {
    const { last, count } = await unread(async (session) => {
      for (let i = 0; i < 30_000; i++) session.finalize();
      await session.close();
    });
    expect(last).toMatchObject({ type: "closed", reason: "unread" });
    expect(count).toBe(20_001);
  });

  test("whoever reads loses nothing, though thousands of events come at one moment", async () => {
    const heard = listen(test16k, { interim: false });
    heard.session.push([pcmOf(path)]);
    for (let i = 0; i < 2000; i++) heard.session.finalize();
    heard.session.push([join16k(pcmOf(other), 1)]);
    await heard.session.close();
    await heard.over;
    expect(heard.of("closed")).toMatchObject([{ reason: "closed" }]);
    expect(heard.of("final").filter(({ reason }) => reason === "finalize").length).toBe(2000);
    const reached = heard.events.flatMap((event) => (event.type === "finalized" ? [event.utterance] : []));
    expect(reached).toEqual(Array.from({ length: 2000 }, (_, i) => i + (reached[0] ?? 0)));
    expect(wordErrorRate(`${reference} ${recording(other).reference}`, heard.text)).toBeLessThan(0.1);
  });

  test("a client that goes away in mid-decode leaves nothing behind", async () => {
    const heard = listen(test16k);
    heard.session.push([join16k(pcmOf(path), 1)]);
    const depth = () => test16k.engines.status().some(({ running }) => running > 0);
    await until(depth);
    heard.session.abort();
    await heard.over;
    expect(heard.of("closed")).toMatchObject([{ reason: "aborted" }]);
    await until(() => !depth());
    expect(queuedSeconds()).toBe(0);
  });

  test("a deadline that is over ends the waiting", async () => {
    const heard = listen(test16k);
    heard.session.push([join16k(...sentences.flatMap((one) => [pcmOf(one), 1]))]);
    await heard.session.close(0);
    await heard.over;
    expect(heard.of("closed")).toMatchObject([{ reason: "deadline" }]);
  });

  test("audio of half the rate that was declared is heard, and harms nobody", async () => {
    const heard = listen(test16k, { raw: { encoding: "linear16", rate: SAMPLE_RATE, channels: 1 } });
    const beside = listen(test16k, { interim: false });
    const fast = pcmOf(path).filter((_, i) => i % 2 === 0);
    const bytes = new Uint8Array(Int16Array.from(fast, (sample) => Math.round(sample * 32_767)).buffer);
    heard.session.pushRaw(bytes);
    beside.session.push([join16k(pcmOf(path), 1)]);
    await Promise.all([heard.session.close(), beside.session.close()]);
    await heard.over;
    expect(heard.of("closed")).toMatchObject([{ reason: "closed", at: fast.length / SAMPLE_RATE }]);
    expect(wordErrorRate(reference, beside.text)).toBeLessThan(0.1);
  });

  test("bytes that end in the middle of a sample are as good as without the last one", async () => {
    const raw = { encoding: "linear16", rate: SAMPLE_RATE, channels: 1 } as const;
    const samples = Int16Array.from(join16k(pcmOf(path), 1), (sample) => Math.round(sample * 32_767));
    const bytes = new Uint8Array(samples.buffer);
    const whole = listen(test16k, { raw, interim: false });
    whole.session.pushRaw(bytes);
    const odd = listen(test16k, { raw, interim: false });
    for (let at = 0; at < bytes.length; at += 1001) odd.session.pushRaw(bytes.subarray(at, at + 1001));
    odd.session.pushRaw(Uint8Array.of(127));
    odd.session.pushRaw(new Uint8Array());
    await Promise.all([whole.session.close(), odd.session.close()]);
    expect(odd.text).toBe(whole.text);
  });

  test("pushes of nothing are nothing", async () => {
    const heard = listen(test16k, { interim: false });
    for (let i = 0; i < 100; i++) heard.session.push([new Float32Array()]);
    await heard.session.close();
    await heard.over;
    expect(heard.events.map(({ type }) => type)).toEqual(["closed"]);
  });

  test("a hundred finalizes in a second cut the speech, and each is answered", async () => {
    const heard = listen(test16k, { interim: false });
    const pcm = pcmOf(path).slice(0, SAMPLE_RATE);
    for (let at = 0; at < pcm.length; at += SAMPLE_RATE / 100) {
      heard.session.push([pcm.slice(at, at + SAMPLE_RATE / 100)]);
      heard.session.finalize();
    }
    await heard.session.close();
    await heard.over;
    const finals = heard.of("final");
    expect(finals.length).toBe(100);
    for (const [i, { from, to }] of finals.entries()) {
      expect(to).toBeGreaterThanOrEqual(from);
      expect(from).toBeGreaterThanOrEqual(finals[i - 1]?.to ?? 0);
    }
  }, 60_000);

  test("a close in mid-decode waits for the words, and one that comes twice for the same ones", async () => {
    const heard = listen(test16k, { interim: false });
    heard.session.push([pcmOf(path)]);
    await until(() => test16k.engines.status().some(({ running }) => running > 0));
    await Promise.all([heard.session.close(), heard.session.close(), heard.session.close(60)]);
    await heard.over;
    expect(wordErrorRate(reference, heard.text)).toBeLessThan(0.1);
    expect(heard.of("closed").length).toBe(1);
  });

  test("a reader that leaves does not keep the session from ending", async () => {
    const { recognizer, model } = test16k;
    const session = recognizer.openSession({ model, task: "transcribe", client: "test" });
    session.push([join16k(pcmOf(path), 1)]);
    for await (const event of session.events) if (event.type === "speech-started") break;
    await session.close();
    await until(() => queuedSeconds() === 0);
  });
});

describe("an engine that is killed", () => {
  const all = (count: number, interim: number | false) =>
    Array.from({ length: count }, (_, i) => listen(test16k, { client: `client ${i}`, interim }));
  const engine = () => test16k.engines.status()[0];

  /** Ends the engine while it works. */
  async function kill(): Promise<void> {
    await until(() => (engine()?.running ?? 0) > 0 && engine()?.pid !== undefined);
    process.kill(engine()?.pid as number, "SIGKILL");
  }

  test("costs no session a word", async () => {
    const sessions = all(8, false);
    const said = sessions.map((_, i) => sentences[1 + (i % 4)] as string);
    const alone = new Map<string, string>();
    for (const one of new Set(said)) {
      const heard = listen(test16k, { interim: false });
      heard.session.push([join16k(pcmOf(one), 1)]);
      await heard.session.close();
      alone.set(one, wordsOf(heard.text));
    }
    const before = engine()?.restarts ?? 0;
    for (const [i, heard] of sessions.entries()) heard.session.push([join16k(pcmOf(said[i] as string), 1)]);
    await kill();
    await Promise.all(sessions.map(({ session }) => session.close()));
    expect(engine()?.restarts).toBeGreaterThan(before);
    for (const [i, heard] of sessions.entries()) {
      expect(heard.of("error")).toEqual([]);
      expect(wordsOf(heard.text)).toBe(alone.get(said[i] as string) as string);
    }
  }, 120_000);

  test("again and again, among partials, loses and doubles nothing", async () => {
    const say = ({ session }: Heard, i: number) =>
      session.push([join16k(...[0, 1].flatMap((k) => [pcmOf(sentences[1 + ((i + k) % 4)] as string), 2]))]);
    const undisturbed: string[] = [];
    for (const [i, heard] of all(8, false).entries()) {
      say(heard, i);
      await heard.session.close();
      undisturbed.push(heard.text);
    }
    const sessions = all(8, 300);
    for (const [i, heard] of sessions.entries()) say(heard, i);
    for (let n = 0; n < 3; n++) {
      await kill();
      await Bun.sleep(Math.random() * 300);
    }
    await Promise.all(sessions.map(({ session }) => session.close()));
    await Promise.all(sessions.map(({ over }) => over));
    for (const [i, heard] of sessions.entries()) {
      expect(heard.of("error")).toEqual([]);
      expect(wordErrorRate(undisturbed[i] ?? "", heard.text)).toBeLessThan(0.15);
      const words = heard.of("final").flatMap((final) => final.words);
      for (const [k, { from }] of words.entries()) expect(from).toBeGreaterThanOrEqual((words[k - 1]?.to ?? 0) - 0.001);
    }
  }, 120_000);
});

test("an hour of audio takes no more memory than minutes of it", async () => {
  const heard = listen(test16k);
  const minute = join16k(pcmOf(path), 30, pcmOf(other), 30);
  const sizes: number[] = [];
  let seconds = 0;
  for (let i = 0; seconds < 3600; i++) {
    await heard.session.ready();
    heard.session.push([minute]);
    seconds += minute.length / SAMPLE_RATE;
    // Events that a test keeps are not the session's.
    heard.events.length = 0;
    await until(() => queuedSeconds() < 100);
    if (i % 10 !== 9) continue;
    Bun.gc(true);
    sizes.push(process.memoryUsage().rss);
  }
  await heard.session.close();
  const [early = 0, late = 0] = [Math.max(...sizes.slice(0, 2)), Math.min(...sizes.slice(-2))];
  expect(late - early).toBeLessThan(32 * 1024 * 1024);
  expect(queuedSeconds()).toBe(0);
}, 300_000);
