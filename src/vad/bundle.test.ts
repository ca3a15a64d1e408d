import { expect, test } from "bun:test";
import { Bundle, unpack } from "./bundle.ts";
import { FRAME_SAMPLES } from "./speech.ts";

/** Adds a push of so many frames of one value. */
function add(bundle: Bundle, id: number, ticket: number, frames: number, value: number): void {
  const at = bundle.add(id, ticket, frames * FRAME_SAMPLES);
  bundle.pcm.fill(value, at, at + frames * FRAME_SAMPLES);
}

function contents({ heads, pcm }: Bundle): number[][] {
  const found: number[][] = [];
  unpack(heads, pcm, (id, ticket, part) => {
    expect(new Set(part).size).toBe(1);
    found.push([id, ticket, part.length / FRAME_SAMPLES, part[0] as number]);
  });
  return found;
}

test("what is packed is unpacked, however much it is", () => {
  const bundle = new Bundle();
  expect(bundle.isEmpty).toBe(true);
  const pushes = Array.from({ length: 500 }, (_, i) => [i % 7, 2 ** 33 + i, 1 + (i % 3), i]);
  for (const [id = 0, ticket = 0, frames = 0, value = 0] of pushes) add(bundle, id, ticket, frames, value);
  expect(contents(bundle)).toEqual(pushes);
  expect([bundle.isEmpty, bundle.waiting]).toEqual([false, 500]);
});

test("its memory is shared between threads", () => {
  const bundle = new Bundle();
  add(bundle, 1, 1, 100, 1);
  expect(bundle.pcm.buffer).toBeInstanceOf(SharedArrayBuffer);
});

test("it is used again when all is answered, unless a file has made it large", () => {
  const bundle = new Bundle();
  add(bundle, 1, 10, 2, 1);
  expect(bundle.isReusable).toBe(false);
  bundle.waiting--;
  expect(bundle.isReusable).toBe(true);
  bundle.empty();
  add(bundle, 2, 11, 1, 3);
  expect(contents(bundle)).toEqual([[2, 11, 1, 3]]);
  const large = new Bundle();
  add(large, 1, 12, 10_000, 1);
  large.waiting--;
  expect(large.isReusable).toBe(false);
});
