import { describe, expect, test } from "bun:test";
import { VerbatimError } from "../error.ts";
import { Admission } from "./admission.ts";
import { Speed } from "./speed.ts";

/** Decodes ten seconds of audio in a second, on two threads. */
function speed(): Speed {
  const speed = new Speed(2);
  speed.observe(30, 6, 1);
  return speed;
}

function refusal(run: () => unknown): VerbatimError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof VerbatimError) return thrown;
  }
  throw new Error("It was let in.");
}

describe("admission", () => {
  test("lets in what fits and says when to come again with the rest", () => {
    const admission = new Admission(100, speed());
    admission.admit(60);
    admission.admit(40);
    const error = refusal(() => admission.admit(50));
    expect(error.code).toBe("busy");
    expect(error.retryAfter).toBe(5);
    expect(admission.seconds).toBe(100);
  });

  test("lets more in as work is done", () => {
    const admission = new Admission(100, speed());
    const first = admission.admit(90);
    expect(refusal(() => admission.admit(20)).retryAfter).toBe(1);
    first.grow(-50);
    const second = admission.admit(20);
    expect(admission.seconds).toBe(60);
    first.release();
    expect(admission.seconds).toBe(20);
    second.release();
    expect(admission.seconds).toBe(0);
  });

  test("counts what turns out to be longer, and keeps others out for it", () => {
    const admission = new Admission(100, speed());
    const stream = admission.admit(0);
    stream.grow(250);
    expect(admission.seconds).toBe(250);
    expect(refusal(() => admission.admit(1)).retryAfter).toBe(16);
    stream.release();
    admission.admit(100);
  });

  test("lets one in that is larger than the limit while streams are open and somebody speaks, and no second one", () => {
    const admission = new Admission(100, speed());
    for (let i = 0; i < 5; i++) admission.admit(0).grow(2);
    const whole = admission.admit(36_000);
    expect(refusal(() => admission.admit(36_000)).code).toBe("busy");
    whole.release();
    admission.admit(50);
    expect(refusal(() => admission.admit(36_000)).code).toBe("busy");
  });

  test("lets one alone in that is larger than the limit", () => {
    const admission = new Admission(100, speed());
    const whole = admission.admit(36_000);
    expect(refusal(() => admission.admit(1)).retryAfter).toBe(600);
    whole.release();
    expect(admission.seconds).toBe(0);
  });

  test("gives back no more than was taken, and once", () => {
    const admission = new Admission(100, speed());
    const other = admission.admit(30);
    const claim = admission.admit(10);
    claim.grow(-25);
    expect(admission.seconds).toBe(30);
    claim.grow(5);
    claim.release();
    claim.release();
    claim.grow(7);
    expect(admission.seconds).toBe(30);
    other.release();
  });
});

describe("the observed speed", () => {
  test("follows what jobs cost, all threads together", () => {
    const four = new Speed(4);
    expect(four.audioPerSecond).toBe(16);
    four.observe(30, 3, 1);
    expect(four.audioPerSecond).toBeCloseTo(40);
    for (let n = 0; n < 200; n++) four.observe(10, 1, 2);
    expect(four.audioPerSecond).toBeCloseTo(20, 1);
    four.observe(0, 5, 1);
    expect(four.audioPerSecond).toBeCloseTo(20, 1);
  });
});
