/** Word error rates with intervals, and the difference between us and each of the others on the same clips. */
import { percent, table } from "./report.ts";
import type { Sound } from "./system.ts";
import { bootstrap, rate, type Score, score } from "./wer.ts";

export type Scored = Map<string, { sound: Sound; text: string }[]>;

/** Prints one row per system and returns the figures. */
export function accuracy(texts: Scored): unknown {
  const scores = new Map(
    [...texts].map(([system, rows]) => [system, rows.map(({ sound, text }) => score(sound.reference, text))]),
  );
  const ours = scores.get("verbatim");
  const sets = [...new Set([...(texts.values().next().value ?? [])].map(({ sound }) => setOf(sound)))];
  const interval = (low: number, high: number) => `${percent(low)} to ${percent(high)}`;
  const figures: Record<string, unknown>[] = [];
  table(
    ["", "WER", "95 % interval", "ours is better by", "95 % interval", ...sets],
    [...scores].map(([system, own]) => {
      const drawn = (from: Score[], which: readonly number[]) => rate(which.map((i) => from[i] as Score));
      const range = bootstrap(own.length, (which) => drawn(own, which));
      const better = ours && system !== "verbatim" ? rate(own) - rate(ours) : undefined;
      const betterRange = ours && bootstrap(own.length, (which) => drawn(own, which) - drawn(ours, which));
      figures.push({ system, wer: rate(own), range, better, betterRange });
      return [
        system,
        percent(rate(own), 2),
        interval(...range),
        better === undefined ? "" : percent(better, 2),
        better === undefined || !betterRange ? "" : interval(...betterRange),
        ...sets.map((set) => percent(rate(own.filter((_, i) => setOf(texts.get(system)?.[i]?.sound) === set)), 2)),
      ];
    }),
  );
  return figures;
}

function setOf(sound: Sound | undefined): string {
  return sound?.name.split("/")[0] ?? "";
}
