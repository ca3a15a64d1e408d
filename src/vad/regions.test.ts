import { describe, expect, test } from "bun:test";
import { FRAME_SECONDS, RegionFinder, regions, type SpeechEvent, SpeechTracker } from "./regions.ts";
import type { RegionOptions } from "./speech.ts";

/** Two frames of speech make speech, three of silence end it; no padding. */
const options: RegionOptions = { threshold: 0.5, hysteresis: 0.2, minSpeechMs: 64, minSilenceMs: 96, padMs: 0 };

const probabilities = { "#": 0.9, "+": 0.4, ".": 0.1 };

/** A drawing of frames: `#` speech, `+` between the two thresholds, `.` silence. */
function draw(picture: string): number[] {
  return [...picture].map((mark) => probabilities[mark as keyof typeof probabilities]);
}

/** Events with frames in place of seconds. */
function follow(picture: string, own: Partial<RegionOptions> = {}): unknown[] {
  const tracker = new SpeechTracker({ ...options, ...own });
  const events: unknown[] = [];
  const note = (event: SpeechEvent | undefined) => {
    if (!event) return;
    const frames = Object.entries(event).filter(([key]) => key !== "type");
    events.push([event.type, ...frames.map(([, seconds]) => Math.round((seconds as number) / FRAME_SECONDS))]);
  };
  for (const probability of draw(picture)) note(tracker.add(probability));
  note(tracker.finish());
  return events;
}

function find(picture: string, own: Partial<RegionOptions> = {}): number[][] {
  const frames = draw(picture);
  return regions(frames, frames.length * FRAME_SECONDS, { ...options, ...own }).map(({ from, to }) => [
    Math.round((from / FRAME_SECONDS) * 10) / 10,
    Math.round((to / FRAME_SECONDS) * 10) / 10,
  ]);
}

describe("the tracker", () => {
  test("tells start, silence and end", () => {
    expect(follow("..###....")).toEqual([
      ["started", 2],
      ["silence", 5],
      ["ended", 2, 5],
    ]);
  });

  test("a pause is no end", () => {
    expect(follow("##..##...")).toEqual([["started", 0], ["silence", 2], ["resumed"], ["silence", 6], ["ended", 0, 6]]);
  });

  test("between the thresholds speech goes on, and silence does too", () => {
    expect(follow("##++...")).toEqual([
      ["started", 0],
      ["silence", 4],
      ["ended", 0, 4],
    ]);
    expect(follow("##.++")).toEqual([
      ["started", 0],
      ["silence", 2],
      ["ended", 0, 2],
    ]);
  });

  test("a click is never mentioned", () => {
    expect(follow("..#.....")).toEqual([]);
    expect(follow("#")).toEqual([]);
  });

  test("clicks close together are speech", () => {
    expect(follow("#.#...")).toEqual([
      ["started", 0],
      ["silence", 3],
      ["ended", 0, 3],
    ]);
  });

  test("speech that the audio's end cuts off ends there", () => {
    expect(follow("..##")).toEqual([
      ["started", 2],
      ["ended", 2, 4],
    ]);
    expect(follow("##.")).toEqual([
      ["started", 0],
      ["silence", 2],
      ["ended", 0, 2],
    ]);
  });

  test("without a least silence the first silent frame is the end", () => {
    expect(follow("##..##.", { minSilenceMs: 0 })).toEqual([
      ["started", 0],
      ["ended", 0, 2],
      ["started", 4],
      ["ended", 4, 6],
    ]);
  });

  test("a hysteresis larger than the threshold still lets speech end", () => {
    const tracker = new SpeechTracker({ ...options, hysteresis: 1 });
    const events = [1, 1, 0, 0, 0].map((probability) => tracker.add(probability)?.type);
    expect(events).toEqual([undefined, "started", "silence", undefined, "ended"]);
  });
});

describe("regions", () => {
  test("are padded, but not beyond the audio", () => {
    expect(find("..##......##", { padMs: 32 })).toEqual([
      [1, 5],
      [9, 12],
    ]);
    expect(find("##...", { padMs: 320 })).toEqual([[0, 5]]);
  });

  test("pads that would overlap meet in the middle", () => {
    expect(find("##...##...", { padMs: 64 })).toEqual([
      [0, 3.5],
      [3.5, 9],
    ]);
  });

  test("silence has none", () => {
    expect(find("............")).toEqual([]);
    expect(regions([], 0, options)).toEqual([]);
  });

  test("come out the same however the frames arrive, and as early as they are settled", () => {
    const frames = draw("..##.#....##.....###.+..####...#....##++##..#.##...");
    const whole = regions(frames, frames.length * FRAME_SECONDS, { ...options, padMs: 70 });
    expect(whole.length).toBeGreaterThan(3);
    for (const size of [1, 2, 3, 7]) {
      const finder = new RegionFinder({ ...options, padMs: 70 });
      const found = [];
      for (let at = 0; at < frames.length; at += size) {
        const before = finder.unsettledFrom;
        const settled = finder.add(frames.slice(at, at + size));
        expect(settled.every(({ from }) => from >= before)).toBe(true);
        found.push(...settled);
      }
      expect(found.length).toBeGreaterThanOrEqual(whole.length - 1);
      expect([...found, ...finder.finish(frames.length * FRAME_SECONDS)]).toEqual(whole);
    }
  });

  test("are in order, apart, and at least as long as the least speech, whatever comes", () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    for (let round = 0; round < 200; round++) {
      const frames = Array.from({ length: 200 }, () => (random() < 0.5 ? random() * 0.4 : random()));
      let last = 0;
      for (const { from, to } of regions(frames, 200 * FRAME_SECONDS, { ...options, padMs: 50 })) {
        expect(from).toBeGreaterThanOrEqual(last);
        expect(to - from).toBeGreaterThanOrEqual(0.064);
        last = to;
      }
      expect(last).toBeLessThanOrEqual(200 * FRAME_SECONDS);
    }
  });
});
