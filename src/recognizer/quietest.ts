/** Where audio without a pause is cut, for files and for live sessions alike. */
import { SAMPLE_RATE } from "../engine/settings.ts";

const HOP = SAMPLE_RATE / 100;
/** Long enough to bridge the closure of a consonant, shorter than most pauses between phrases. */
const SMOOTHING = 16;

/** Where a cut hurts least: the middle of the quietest 160 ms. */
export function quietest(samples: Float32Array): number {
  const energies: number[] = [];
  for (let at = 0; at + HOP <= samples.length; at += HOP) {
    let sum = 0;
    for (let i = at; i < at + HOP; i++) sum += (samples[i] ?? 0) ** 2;
    energies.push(sum);
  }
  let best = { at: Math.floor(energies.length / 2), energy: Number.POSITIVE_INFINITY };
  let energy = 0;
  for (const [i, added] of energies.entries()) {
    energy += added - (energies[i - SMOOTHING] ?? 0);
    // Later wins among equals, so that windows are filled.
    if (i >= SMOOTHING - 1 && energy <= best.energy * (1 + 1e-9))
      best = { at: i + 1 - SMOOTHING / 2, energy: Math.max(0, energy) };
  }
  return best.at * HOP;
}
