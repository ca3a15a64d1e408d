import { describe, expect, test } from "bun:test";
import { Order } from "./order.ts";

const fail = (thrown: unknown) => {
  throw thrown;
};

describe("order", () => {
  test("acts at once when nothing is waited for", () => {
    const done: number[] = [];
    const order = new Order(fail);
    order.add(() => done.push(1));
    expect(done).toEqual([1]);
  });

  test("what is promised late holds up what came after it", async () => {
    const done: string[] = [];
    const order = new Order(fail);
    const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    order.addWhen(first.promise, (said) => done.push(said));
    order.addWhen(second.promise, (said) => done.push(said));
    order.add(() => done.push("action"));
    second.resolve("second");
    await Bun.sleep(0);
    expect(done).toEqual([]);
    first.resolve("first");
    await order.done;
    expect(done).toEqual(["first", "second", "action"]);
  });

  test("what an action asks for comes after what waited before", () => {
    const done: string[] = [];
    const order = new Order(fail);
    order.add(() => {
      order.add(() => done.push("asked"));
      done.push("asking");
    });
    expect(done).toEqual(["asking", "asked"]);
  });

  test("a failure is told, and what comes after it happens", async () => {
    const failures: unknown[] = [];
    const done: string[] = [];
    const order = new Order((thrown) => failures.push(thrown));
    order.addWhen(Promise.reject("broken"), () => done.push("never"));
    order.add(() => {
      throw "bad";
    });
    order.add(() => done.push("after"));
    await order.done;
    expect(failures).toEqual(["broken", "bad"]);
    expect(done).toEqual(["after"]);
  });
});
