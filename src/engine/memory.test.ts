import { describe, expect, test } from "bun:test";
import type { InstalledModel } from "../models/model.ts";
import type { Engines } from "./engines.ts";
import { isAlive, jobFor, openTestEngines, pcmOf, testModel, until, wordsOf } from "./testing.ts";

const model = await testModel();
const second: InstalledModel = { ...model, id: "second" };
const third: InstalledModel = { ...model, id: "third" };
const short = pcmOf("alphanumeric/seven_evmaki_nohash_0.flac");

/** What one engine of this model is expected to take at work; loaded, it takes half. */
const expected = model.size * 1.25 + 150e6;
const forTwo = 2.2 * expected;
const forOne = 1.5 * expected;

function stateOf(engines: Engines, id: string): string | undefined {
  return engines.status().find((one) => one.id === id)?.state;
}

describe("unloading", () => {
  test("ends the process, and the next job loads the model again", async () => {
    await using open = openTestEngines();
    await open.engines.decode(model, jobFor("ann", short));
    const [loaded] = open.engines.status();
    expect(loaded?.memory).toBeGreaterThan(model.size);
    expect(open.metrics.text()).toContain(`stt_model_loaded{model="${model.id}"} 1\n`);
    await open.engines.unload(model.id);
    expect(isAlive(loaded?.pid as number)).toBe(false);
    expect(open.engines.status()[0]).toMatchObject({ state: "stopped", running: 0 });
    const text = open.metrics.text();
    expect(text).toContain(`stt_model_loaded{model="${model.id}"} 0\n`);
    expect(text).toContain('stt_model_evictions_total{reason="request"} 1\n');
    expect(text).not.toContain("stt_model_memory_bytes{");
    expect(wordsOf((await open.engines.decode(model, jobFor("ann", short))).text)).toContain("seven");
    await open.engines.unload("never heard of");
  });

  test("waits for what runs, and what waits runs on a new engine", async () => {
    await using open = openTestEngines({ workers: 1 });
    await open.engines.facts(model);
    const pid = open.engines.status()[0]?.pid as number;
    const jobs = Array.from({ length: 3 }, () => open.engines.decode(model, jobFor("ann", short)));
    await until(() => open.engines.status()[0]?.running === 1);
    await Promise.all([open.engines.unload(model.id), open.engines.unload(model.id)]);
    expect(isAlive(pid)).toBe(false);
    for (const { text } of await Promise.all(jobs)) expect(wordsOf(text)).toContain("seven");
    expect(open.engines.status()[0]?.pid).not.toBe(pid);
  });

  test("happens by itself after idle time, except where a model is to stay", async () => {
    await using open = openTestEngines({ modelIdle: 0.1, keepLoaded: [second.id] }, { healthInterval: 20 });
    await Promise.all([open.engines.facts(model), open.engines.facts(second)]);
    const pid = open.engines.status().find(({ id }) => id === model.id)?.pid as number;
    await until(() => stateOf(open.engines, model.id) === "stopped");
    expect(isAlive(pid)).toBe(false);
    expect(stateOf(open.engines, second.id)).toBe("ready");
    expect(open.metrics.text()).toContain('stt_model_evictions_total{reason="idle"} 1\n');
  });
});

describe("the memory budget", () => {
  test("makes the model go that was unused for longest", async () => {
    await using open = openTestEngines({ memoryBudget: forTwo });
    await open.engines.facts(model);
    await open.engines.facts(second);
    await open.engines.decode(model, jobFor("ann", short));
    await open.engines.facts(third);
    expect(["base.en-q8_0", "second", "third"].map((id) => stateOf(open.engines, id))).toEqual([
      "ready",
      "stopped",
      "ready",
    ]);
    expect(open.metrics.text()).toContain('stt_model_evictions_total{reason="memory"} 1\n');
  });

  test("lets no model go that is at work, and says so", async () => {
    await using open = openTestEngines({ memoryBudget: forOne });
    await open.engines.facts(model);
    const work = open.engines.decode(model, jobFor("ann", short));
    const refused = open.engines.decode(second, jobFor("bea", short));
    await expect(refused).rejects.toMatchObject({ code: "busy", retryAfter: expect.any(Number) });
    await work;
    expect(wordsOf((await open.engines.decode(second, jobFor("bea", short))).text)).toContain("seven");
    expect(stateOf(open.engines, model.id)).toBe("stopped");
  });

  test("refuses a model that is too large for it, in words", async () => {
    await using open = openTestEngines({ memoryBudget: 1e9 });
    const huge: InstalledModel = { ...model, id: "huge", size: 3.1e9 };
    await open.engines.facts(model);
    await expect(open.engines.decode(huge, jobFor("ann", short))).rejects.toMatchObject({
      code: "engine-failed",
      message: "The model huge needs about 4.0 GB, and models may take 1.0 GB.",
    });
    expect(stateOf(open.engines, model.id)).toBe("ready");
  });

  test("takes models in one after another, so that none waits for another's room", async () => {
    await using open = openTestEngines({ memoryBudget: forTwo });
    const loaded = await Promise.allSettled([model, second, third].map((one) => open.engines.facts(one)));
    expect(loaded.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  });
});
