/**
 * Subtitle cues that can be read: at most two lines of 42 columns, broken where the speech pauses or the sentence does, shown
 * long enough to be read where the next cue leaves the time.
 */
import type { Transcript } from "./transcript.ts";
import { segmentUnits, type Unit, unitColumns, unitText } from "./units.ts";

export interface Cue {
  from: number;
  to: number;
  lines: string[];
  /** Which channel speaks, from 1, when there is more than one. */
  voice?: number;
}

/** Common practice of subtitling (BBC and Netflix guides): widths in columns, times in seconds. */
const COLUMNS = 42;
const LINES = 2;
const LONGEST = 7;
const SHORTEST = 1;
/** Columns per second: easily read, and hardly any more. */
const EASY = 17;
const HARD = 20;
/** A cue stays at most so long after its last word. */
const LINGER = 1.5;
/** A pause that no cue bridges. */
const PAUSE = 1.5;

/** Cues of all channels in order of time. */
export function toCues(transcript: Transcript): Cue[] {
  const cues = transcript.channels.flatMap(({ segments }, channel) =>
    channelCues(segments.flatMap((segment) => segmentUnits(segment, COLUMNS))).map((cue) =>
      transcript.channels.length > 1 ? { ...cue, voice: channel + 1 } : cue,
    ),
  );
  return cues.sort((a, b) => a.from - b.from || (a.voice ?? 0) - (b.voice ?? 0));
}

function channelCues(units: readonly Unit[]): Cue[] {
  const cuts = bestCuts(units);
  return cuts.map((start, i) => {
    const group = units.slice(start, cuts[i + 1] ?? units.length);
    const next = units[cuts[i + 1] ?? units.length];
    const from = group[0]?.from ?? 0;
    const spoken = Math.max(from, group.at(-1)?.to ?? from);
    const wanted = Math.max(from + SHORTEST, from + unitColumns(group) / EASY);
    const longest = Math.min(spoken + LINGER, next?.from ?? Number.POSITIVE_INFINITY);
    return { from, to: Math.max(spoken, Math.min(wanted, longest)), lines: toLines(group) };
  });
}

/**
 * The first unit of every cue, chosen so that the sum of what is unpleasant is least. `best[i]` is the cost of the best cues for
 * the units before `i`; only so many units fit into one cue that this is linear in their number.
 */
function bestCuts(units: readonly Unit[]): number[] {
  const best = [0];
  const cameFrom = [0];
  for (let end = 1; end <= units.length; end++) {
    best[end] = Number.POSITIVE_INFINITY;
    for (let start = end - 1; start >= 0; start--) {
      const group = units.slice(start, end);
      if (group.length > 1 && !fits(group)) break;
      const cost = (best[start] ?? 0) + cueCost(group, units[end]);
      if (cost < (best[end] ?? 0)) {
        best[end] = cost;
        cameFrom[end] = start;
      }
    }
  }
  const cuts: number[] = [];
  for (let end = units.length; end > 0; ) {
    end = cameFrom[end] ?? 0;
    cuts.unshift(end);
  }
  return cuts;
}

function fits(group: readonly Unit[]): boolean {
  const [first, second] = group;
  if (first === undefined || second === undefined) return true;
  const last = group.at(-1) ?? first;
  return (
    last.to - first.from <= LONGEST &&
    second.from - first.to <= PAUSE &&
    unitColumns(group) <= COLUMNS * LINES + 1 &&
    lineBreak(group) !== undefined
  );
}

/** In units of "a break in the middle of a phrase" (3). */
function cueCost(group: readonly Unit[], next: Unit | undefined): number {
  const from = group[0]?.from ?? 0;
  const last = group.at(-1);
  if (last === undefined) return 0;
  const gap = next === undefined ? PAUSE : Math.max(0, next.from - last.to);
  const shown = Math.max(0.1, Math.min(last.to + LINGER, next?.from ?? last.to + LINGER) - from);
  const speed = unitColumns(group) / shown;
  const ending = gap >= PAUSE ? 0 : Math.max(0, breakCost(last.text) - 3 * gap);
  return (
    1 + ending + Math.max(0, speed - HARD) * 0.5 + Math.max(0, SHORTEST - shown) * 4 + (toLines(group).length - 1) * 0.2
  );
}

/** How bad it is to break after this text. */
function breakCost(text: string): number {
  if (/[.!?…。！？][\p{Pf}\p{Pe}"']*$/u.test(text)) return 0;
  if (/[,;:、，；：—–][\p{Pf}\p{Pe}"']*$/u.test(text)) return 1;
  return 3;
}

function toLines(group: readonly Unit[]): string[] {
  const at = lineBreak(group) ?? 0;
  return at === 0 ? [unitText(group)] : [unitText(group.slice(0, at)), unitText(group.slice(at))];
}

/** Where the second line begins: 0 when one line holds it all, undefined when two do not. */
function lineBreak(group: readonly Unit[]): number | undefined {
  if (unitColumns(group) <= COLUMNS) return 0;
  let best: { at: number; cost: number } | undefined;
  for (let at = 1; at < group.length; at++) {
    const upper = unitColumns(group.slice(0, at));
    const lower = unitColumns(group.slice(at));
    if (upper > COLUMNS || lower > COLUMNS) continue;
    // Even lines are read fastest; a lower line that is the longer one hides less of the picture.
    const cost = Math.abs(upper - lower) + (upper > lower ? 3 : 0) + 4 * breakCost(group[at - 1]?.text ?? "");
    if (best === undefined || cost < best.cost) best = { at, cost };
  }
  return best?.at;
}
