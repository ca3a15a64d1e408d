/** For tests of the sinks, here and with real databases. */
import { defaultSettings } from "../config/load.ts";
import type { Settings } from "../config/table.ts";
import { silentLog } from "../log/log.ts";
import { openMetrics } from "../metrics/metrics.ts";
import type { NewRecord } from "./record.ts";
import { openSinks, type Sinks, type SinksParts } from "./sinks.ts";

/** How often a process is killed while it delivers. A third of a second each: whoever has a night may take thousands. */
export const ROUNDS = Number(process.env.VERBATIM_TEST_ROUNDS ?? 50);

/** Milliseconds that so many rounds may take on a machine that is busy. */
export const ROUNDS_PATIENCE = 30_000 + ROUNDS * 2000;

/**
 * Runs a script that writes the number of each record that it has published, kills it at a random moment after the first, and gives the numbers.
 * `round` keeps the numbers of several runs apart.
 */
export async function publishUntilKilled(script: string, round: number): Promise<number[]> {
  const child = Bun.spawn([process.execPath, "--eval", script, `${round * 1_000_000}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const reader = child.stdout.getReader();
  let text = new TextDecoder().decode((await reader.read()).value);
  await Bun.sleep(10 + Math.random() * 150);
  child.kill("SIGKILL");
  for (let part = await reader.read(); !part.done; part = await reader.read())
    text += new TextDecoder().decode(part.value);
  await child.exited;
  return text.split("\n").slice(0, -1).map(Number);
}

/** A final such as recognition gives; the number is in its text. */
export function spoken(number: number, own: Partial<NewRecord> = {}): NewRecord {
  return {
    type: "final",
    session: "session-1",
    source: "live",
    channel: 0,
    from: number,
    to: number + 0.5,
    text: `word ${number}`,
    words: [{ text: `word ${number}`, from: number, to: number + 0.5, confidence: 0.9 }],
    language: "en",
    model: "base.en-q8_0",
    ...own,
  };
}

/** Sinks with these settings, quick to try again; fails when there are none. */
export function openTestSinks(
  dataDir: string,
  sinks: Partial<Settings["sinks"]>,
  parts: Partial<SinksParts> = {},
): Sinks & { metric(line: string): number } {
  const metrics = parts.metrics ?? openMetrics();
  const settings = { dataDir, sinks: { ...defaultSettings().sinks, ...sinks } };
  const pace = { first: 20, longest: 100 };
  const opened = openSinks(settings, { log: silentLog, pace, ...parts, metrics });
  if (!opened) throw new Error("No sink is named");
  return Object.assign(opened, {
    metric(line: string): number {
      const found = metrics
        .text()
        .split("\n")
        .find((one) => one.startsWith(`${line} `));
      return Number(found?.slice(line.length + 1) ?? 0);
    },
  });
}

/** Waits until something holds; fails with what it was when it does not within half a minute. */
export async function until(holds: () => unknown): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`This never held: ${holds}`);
    await Bun.sleep(5);
  }
}
