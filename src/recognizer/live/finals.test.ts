import { describe, expect, test } from "bun:test";
import { VerbatimError } from "../../error.ts";
import type { Segment } from "../../text/transcript.ts";
import { type Final, Finals } from "./finals.ts";

const sure = { reason: "endpoint", endsUtterance: true } as const;

/** Finals whose decodes end when the test says so; what they tell is noted by where their span begins. */
function open() {
  const told: string[] = [];
  const running: { final: Final; signal: AbortSignal; end: PromiseWithResolvers<Segment[]> }[] = [];
  const finals = new Finals({
    decode(final, signal) {
      const end = Promise.withResolvers<Segment[]>();
      running.push({ final, signal, end });
      return end.promise;
    },
    likely: () => told.push("likely"),
    final: ({ span, ending }) => told.push(`${ending?.reason} ${span.from}`),
    failed: (_, { code }) => told.push(code),
  });
  const add = (from: number, ending: Final["ending"]) =>
    finals.add({ utterance: 0, span: { from, to: from + 1 }, spokenFrom: from, settled: [], ending });
  async function end(index: number, error?: VerbatimError): Promise<void> {
    if (error) running[index]?.end.reject(error);
    else running[index]?.end.resolve([]);
    await Bun.sleep(0);
  }
  return { finals, told, running, add, end };
}

describe("finals", () => {
  test("are decoded one after the other and told in order", async () => {
    const { finals, told, running, add, end } = open();
    add(1, sure);
    add(2, sure);
    expect(running.length).toBe(1);
    expect(finals.first?.span.from).toBe(1);
    await end(0);
    expect(told).toEqual(["endpoint 1"]);
    await end(1);
    await finals.settled;
    expect(told).toEqual(["endpoint 1", "endpoint 2"]);
    expect(finals.isEmpty).toBe(true);
  });

  test("that are suspected are told when they are confirmed", async () => {
    const { finals, told, add, end } = open();
    add(1, undefined);
    await end(0);
    expect(told).toEqual(["likely"]);
    expect(finals.confirm(sure)).toBe(true);
    expect(finals.confirm(sure)).toBe(false);
    expect(told).toEqual(["likely", "endpoint 1"]);
  });

  test("that are confirmed in time are told once", async () => {
    const { finals, told, add, end } = open();
    add(1, undefined);
    finals.confirm(sure);
    await end(0);
    expect(told).toEqual(["endpoint 1"]);
  });

  test("that are taken back are stopped and never told", async () => {
    const { finals, told, running, add, end } = open();
    add(1, undefined);
    expect(finals.takeBack()).toBe(false);
    expect(running[0]?.signal.aborted).toBe(true);
    add(1, sure);
    await end(0);
    expect(told).toEqual([]);
    await end(1);
    expect(told).toEqual(["endpoint 1"]);
  });

  test("say when a text that was told is taken back", async () => {
    const { finals, add, end } = open();
    add(1, undefined);
    await end(0);
    expect(finals.takeBack()).toBe(true);
    expect(finals.takeBack()).toBeUndefined();
    await finals.settled;
  });

  test("that are sure cannot be taken back", () => {
    const { finals, add } = open();
    add(1, sure);
    expect(finals.takeBack()).toBeUndefined();
    expect(finals.isEmpty).toBe(false);
  });

  test("that fail are told without words, and the next one goes on", async () => {
    const { told, add, end } = open();
    add(1, sure);
    add(2, sure);
    await end(0, new VerbatimError("engine-failed", "It died."));
    await end(1);
    expect(told).toEqual(["engine-failed", "endpoint 1", "endpoint 2"]);
  });

  test("are all dropped when nobody wants them", async () => {
    const { finals, told, running, add, end } = open();
    add(1, sure);
    add(2, sure);
    finals.abort();
    await finals.settled;
    await end(0);
    expect(running.length).toBe(1);
    expect(told).toEqual([]);
  });
});
