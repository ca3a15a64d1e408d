import { describe, expect, test } from "bun:test";
import { VerbatimError } from "../error.ts";
import { ServerState } from "./state.ts";

describe("ServerState", () => {
  test("is ready once its models are; work is taken once their files are", async () => {
    const state = new ServerState();
    expect(state.waitsFor).toBeUndefined();
    const [file, engine] = [Promise.withResolvers<string>(), Promise.withResolvers<void>()];
    const prepared = state.prepare(
      "base.en-q8_0",
      () => file.promise,
      () => engine.promise,
    );
    expect(state.waitsFor).toBe("The model base.en-q8_0 is being fetched.");
    expect(() => state.admit()).toThrow(expect.objectContaining({ code: "loading" }));
    file.resolve("/models/ggml-base.en-q8_0.bin");
    await Promise.resolve();
    expect(state.waitsFor).toBe("The model base.en-q8_0 is being loaded.");
    state.admit();
    engine.resolve();
    await prepared;
    expect(state.waitsFor).toBeUndefined();
  });

  test("a model that cannot be had leaves it not ready", async () => {
    const state = new ServerState();
    const prepared = state.prepare(
      "x",
      () => Promise.reject(new Error("no")),
      () => Promise.resolve(),
    );
    await expect(prepared).rejects.toThrow("no");
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
