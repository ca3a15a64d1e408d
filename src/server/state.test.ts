import { describe, expect, test } from "bun:test";
import { VerbatimError } from "../error.ts";
import { ServerState } from "./state.ts";

describe("ServerState", () => {
  test("is ready once its models are", async () => {
    const state = new ServerState();
    expect(state.waitsFor).toBeUndefined();
    const model = Promise.withResolvers<void>();
    const loaded = state.awaitModel("base.en-q8_0", model.promise);
    expect(state.waitsFor).toContain("base.en-q8_0");
    model.resolve();
    await loaded;
    expect(state.waitsFor).toBeUndefined();
  });

  test("a model that does not load leaves it not ready", async () => {
    const state = new ServerState();
    await expect(state.awaitModel("x", Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(state.waitsFor).toContain("x");
  });

  test("stopping takes no work, waits for what runs and for what that starts", async () => {
    const state = new ServerState();
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    state.track(first.promise);
    let stopped = false;
    const stop = state.stop(60).then(() => {
      stopped = true;
    });
    expect(() => state.admit()).toThrow(VerbatimError);
    expect(state.waitsFor).toContain("shutting down");
    state.track(second.promise);
    first.reject(new Error("a request that failed"));
    await Bun.sleep(5);
    expect(stopped).toBe(false);
    second.resolve();
    await stop;
    expect(state.end.aborted).toBe(false);
  });

  test("work that takes too long is aborted with the reason", async () => {
    const state = new ServerState();
    const { promise, resolve } = Promise.withResolvers<void>();
    state.track(promise);
    state.end.addEventListener("abort", () => resolve());
    await state.stop(0.01);
    expect(state.end.reason).toMatchObject({ code: "shutting-down" });
    expect(state.running).toBe(0);
  });
});
