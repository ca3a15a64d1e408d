/** `HH:MM:SS` and milliseconds, as SRT (`,`) and WebVTT (`.`) write it; rounded once, so that 59.9996 s is a minute. */
export function timestamp(seconds: number, separator: "," | "."): string {
  const ms = milliseconds(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  const clock = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60]
    .map(two)
    .join(":");
  return `${clock}${separator}${String(ms % 1000).padStart(3, "0")}`;
}

/** Whole milliseconds, never negative. */
export function milliseconds(seconds: number): number {
  return Math.max(0, Math.round(seconds * 1000));
}
