import { describe, expect, test } from "bun:test";
import { clip } from "../../test/data.ts";
import { VerbatimError } from "../error.ts";
import type { InstalledModel } from "../models/model.ts";
import { computeCores } from "./cores.ts";
import type { Engines } from "./engines.ts";
import { isAlive, jobFor, openTestEngines, pcmOf, sentences, testModel, until, wordsOf } from "./testing.ts";

const model = await testModel();
const jfk = pcmOf("containers_jfk/jfk.wav");
const jfkWords = wordsOf(clip("containers_jfk/jfk.wav").transcript ?? "");
const short = pcmOf("alphanumeric/seven_evmaki_nohash_0.flac");

/** The jfk clip as often as 30 s hold it, with a search that takes long. */
function longJob(client: string, signal?: AbortSignal) {
  const pcm = new Float32Array(30 * 16_000);
  for (let at = 0; at + jfk.length <= pcm.length; at += jfk.length) pcm.set(jfk, at);
  const options = { language: "en", times: "words", beamSize: 8 } as const;
  return jobFor(client, pcm, { options, ...(signal && { signal }) });
}

/** Decodes two jobs per model, and says how many ran at the same time. */
async function mostAtOnce(engines: Engines, models: InstalledModel[]): Promise<number> {
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(
      most,
      engines.status().reduce((sum, { running }) => sum + running, 0),
    );
  }, 1);
  const jobs = [0, 1].flatMap((n) => models.map((one) => engines.decode(one, jobFor(`${n}`, short))));
  for (const { text } of await Promise.all(jobs)) expect(wordsOf(text)).toContain("seven");
  clearInterval(watch);
  return most;
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "answered",
    (thrown) => (thrown instanceof VerbatimError ? thrown.code : String(thrown)),
  );
}

describe("a job", () => {
  test("becomes words", async () => {
    await using open = openTestEngines();
    const decoded = await open.engines.decode(model, jobFor("ann", jfk));
    expect(wordsOf(decoded.text)).toBe(jfkWords);
    expect(decoded.segments.flatMap(({ tokens }) => tokens).length).toBeGreaterThan(20);
    expect(decoded.cost.encode).toBeGreaterThan(0);
  });

  test("alone takes the idle cores and says the same", async () => {
    await using open = openTestEngines({ threads: 0 });
    const decoded = await open.engines.decode(model, jobFor("ann", short));
    expect(wordsOf(decoded.text)).toContain("seven");
  });

  test("is refused when it is longer than the model's window", async () => {
    await using open = openTestEngines();
    const pcm = new Float32Array(30 * 16_000 + 1);
    expect(await codeOf(open.engines.decode(model, jobFor("ann", pcm)))).toBe("bad-parameter");
    expect(open.engines.status()).toEqual([]);
  });

  test("that the library refuses fails alone", async () => {
    await using open = openTestEngines();
    const options = { language: "xx" };
    const failed = open.engines.decode(model, jobFor("ann", short, { options }));
    await expect(failed).rejects.toBeInstanceOf(VerbatimError);
    const { text } = await open.engines.decode(model, jobFor("ann", short));
    expect(wordsOf(text)).toContain("seven");
    expect(open.engines.status()[0]?.restarts).toBe(0);
  });

  test("gets the words of its own audio, however many clients there are", async () => {
    await using open = openTestEngines();
    const clips = sentences.map(pcmOf);
    const alone: string[] = [];
    for (const pcm of clips) alone.push((await open.engines.decode(model, jobFor("first", pcm))).text);
    expect(
      alone.map(wordsOf).filter((words, n) => words === wordsOf(clip(sentences[n] as string).transcript ?? "")),
    ).toEqual(["you don't mean that you thought me so silly", "the egyptian background of the bondage"]);
    const clients = Array.from({ length: 4 }, async (_, client) => {
      for (const n of client % 2 ? [0, 2, 4] : [3, 1, 0]) {
        const { text } = await open.engines.decode(model, jobFor(`client ${client}`, clips[n] as Float32Array));
        expect(text).toBe(alone[n] as string);
      }
    });
    await Promise.all(clients);
    const [status] = open.engines.status();
    expect(status?.running).toBe(0);
    expect(status?.queued).toEqual({ final: 0, partial: 0, file: 0 });
  });

  test("runs beside no more than the model's workers", async () => {
    await using open = openTestEngines({ workers: 2 });
    const most = await mostAtOnce(open.engines, [model]);
    expect(most).toBe(2);
  });

  test("never runs beside another model's when the cores are taken", async () => {
    await using open = openTestEngines({ workers: 1, threads: computeCores() });
    const second = { ...model, id: "second" };
    await Promise.all([open.engines.facts(model), open.engines.facts(second)]);
    expect(await mostAtOnce(open.engines, [model, second])).toBe(1);
  });
});

describe("the lanes", () => {
  test("let a final pass a flood of file jobs", async () => {
    await using open = openTestEngines({ workers: 1 });
    const order: string[] = [];
    const done = (name: string) => () => void order.push(name);
    const flood = Array.from({ length: 12 }, (_, n) =>
      open.engines.decode(model, jobFor("archive", short)).then(done(`file ${n}`)),
    );
    await flood[0];
    await until(() => open.engines.status()[0]?.running === 1);
    const before = order.length;
    await open.engines.decode(model, jobFor("live", short, { lane: "final" })).then(done("final"));
    // The one that was running, and no other.
    expect(order.indexOf("final") - before).toBe(1);
    await Promise.all(flood);
    expect(order).toHaveLength(13);
  });

  test("are fair between clients", async () => {
    await using open = openTestEngines({ workers: 1 });
    const order: string[] = [];
    const submit = (client: string) =>
      open.engines.decode(model, jobFor(client, short)).then(() => void order.push(client));
    // All of them wait while the model loads.
    await Promise.all(["a", "a", "a", "a", "b", "b", "c"].map(submit));
    expect(order.join("")).toBe("abcabaa");
  });

  test("replace a partial that waits, and never one that runs", async () => {
    await using open = openTestEngines({ workers: 1 });
    await open.engines.facts(model);
    const partial = (replaces: string) =>
      codeOf(open.engines.decode(model, jobFor("live", short, { lane: "partial", replaces })));
    const running = partial("left");
    const [first, second, third, other] = [partial("left"), partial("left"), partial("left"), partial("right")];
    expect(await Promise.all([running, first, second, third, other])).toEqual([
      "answered",
      "cancelled",
      "cancelled",
      "answered",
      "answered",
    ]);
  });
});

describe("cancellation", () => {
  test("of a waiting job leaves no trace", async () => {
    await using open = openTestEngines({ workers: 1 });
    const controller = new AbortController();
    const running = open.engines.decode(model, jobFor("ann", short));
    const waiting = codeOf(open.engines.decode(model, jobFor("ann", short, { signal: controller.signal })));
    controller.abort();
    expect(await waiting).toBe("cancelled");
    expect(open.engines.status()[0]?.queued.file).toBeLessThanOrEqual(1);
    await running;
  });

  test("in the middle of a decode frees the worker", async () => {
    await using open = openTestEngines({ workers: 1 });
    await open.engines.facts(model);
    for (let round = 0; round < 3; round++) {
      const controller = new AbortController();
      const long = codeOf(open.engines.decode(model, longJob("ann", controller.signal)));
      await until(() => open.engines.status()[0]?.running === 1);
      await Bun.sleep(30 * round);
      controller.abort();
      expect(await long).toBe("cancelled");
      const { text } = await open.engines.decode(model, jobFor("bea", short));
      expect(wordsOf(text)).toContain("seven");
    }
    expect(open.engines.status()[0]).toMatchObject({ running: 0, restarts: 0, workers: 1 });
    // The long ones would have been counted had they run to their end.
    expect(open.metrics.text()).toContain(`stt_inference_seconds_count{model="${model.id}",lane="file"} 3\n`);
  });

  test("says whether it was the caller or the clock", async () => {
    await using open = openTestEngines();
    expect(await codeOf(open.engines.decode(model, longJob("ann", AbortSignal.timeout(1))))).toBe("timeout");
    expect(await codeOf(open.engines.decode(model, longJob("ann", AbortSignal.abort())))).toBe("cancelled");
    expect(await codeOf(open.engines.facts(model, AbortSignal.abort()))).toBe("cancelled");
  });
});

describe("admission", () => {
  test("says when to come again", async () => {
    await using open = openTestEngines({ queueSeconds: 60 });
    const claim = open.engines.admit("ann", 50);
    let busy: unknown;
    try {
      open.engines.admit("bea", 20);
    } catch (thrown) {
      busy = thrown;
    }
    expect(busy).toMatchObject({ code: "busy", retryAfter: expect.any(Number) });
    expect(open.metrics.text()).toContain("stt_queue_audio_seconds 50\n");
    claim.release();
    open.engines.admit("bea", 20).release();
  });
});

describe("closing", () => {
  test("finishes what it has, takes nothing new and leaves no process", async () => {
    const { engines } = openTestEngines({ workers: 1 });
    await engines.facts(model);
    const pid = engines.status()[0]?.pid as number;
    const jobs = Array.from({ length: 3 }, () => codeOf(engines.decode(model, jobFor("ann", short))));
    const closed = engines.close(100);
    expect(await codeOf(engines.decode(model, jobFor("bea", short)))).toBe("shutting-down");
    expect(await codeOf(engines.facts(model))).toBe("shutting-down");
    expect(() => engines.admit("bea", 1)).toThrow("shutting down");
    await closed;
    expect(await Promise.all(jobs)).toEqual(["answered", "answered", "answered"]);
    expect(isAlive(pid)).toBe(false);
  });

  test("waits no longer than it may", async () => {
    const { engines } = openTestEngines({ workers: 1 });
    await engines.facts(model);
    const pid = engines.status()[0]?.pid as number;
    const jobs = [codeOf(engines.decode(model, longJob("ann"))), codeOf(engines.decode(model, longJob("ann")))];
    await until(() => engines.status()[0]?.running === 1);
    await engines.close(0);
    expect(await Promise.all(jobs)).toEqual(["shutting-down", "shutting-down"]);
    expect(isAlive(pid)).toBe(false);
  });

  test("is possible while a model loads", async () => {
    const { engines } = openTestEngines();
    const job = codeOf(engines.decode(model, jobFor("ann", short)));
    await engines.close(0);
    expect(await job).toBe("shutting-down");
    await until(() => engines.status().every(({ pid }) => pid === undefined));
  });
});
