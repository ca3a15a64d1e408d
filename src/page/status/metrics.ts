/** Prometheus' text format (0.0.4), as far as a page needs it. */

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** All samples of a scrape. */
export function readMetrics(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const [, name = "", labels = "", value = ""] of text.matchAll(/^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/gm)) {
    const pairs = [...labels.matchAll(/(\w+)="((?:\\.|[^"\\])*)"/g)].map(([, key = "", text = ""]) => [key, text]);
    samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value) });
  }
  return samples;
}

/** The sum over all samples of a name that have these labels. */
export function sum(samples: readonly Sample[], name: string, labels: Record<string, string> = {}): number {
  const fits = (sample: Sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value);
  return samples.reduce((total, sample) => total + (sample.name === name && fits(sample) ? sample.value : 0), 0);
}

/** The mean of a histogram between two scrapes; nothing when it counted nothing new. */
export function meanBetween(before: readonly Sample[], now: readonly Sample[], name: string): number | undefined {
  const count = sum(now, `${name}_count`) - sum(before, `${name}_count`);
  return count > 0 ? (sum(now, `${name}_sum`) - sum(before, `${name}_sum`)) / count : undefined;
}
