/** Tables in Markdown. */

export function table(head: string[], rows: string[][]): void {
  console.log(`\n| ${head.join(" | ")} |\n|${"---|".repeat(head.length)}`);
  for (const row of rows) console.log(`| ${row.join(" | ")} |`);
}

export const percent = (share: number, digits = 1) => `${(100 * share).toFixed(digits)} %`;
export const seconds = (value: number) => `${value.toFixed(2)} s`;

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
