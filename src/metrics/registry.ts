/**
 * Counters, gauges and histograms in the Prometheus text format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). A touch is one Map look-up and an addition.
 */

export type Labels<Name extends string> = Readonly<Record<Name, string>>;

abstract class Family {
  protected readonly name: string;
  private readonly help: string;

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  abstract text(): string;

  protected page(type: string, lines: readonly string[]): string {
    return [`# HELP ${this.name} ${escapeHelp(this.help)}`, `# TYPE ${this.name} ${type}`, ...lines, ""].join("\n");
  }
}

/** Between the label values of a key: no label of ours contains ASCII's unit separator. */
const SEPARATOR = "\x1f";

/** A value per combination of labels; `Value` is what the metric keeps for one. */
class Series<Name extends string, Value> {
  private readonly values = new Map<string, { labels: readonly string[]; value: Value }>();

  private readonly names: readonly Name[];
  private readonly fresh: () => Value;

  constructor(names: readonly Name[], fresh: () => Value) {
    this.names = names;
    this.fresh = fresh;
  }

  at(labels: Labels<Name>): { value: Value } {
    const values = this.names.map((name) => labels[name]);
    const key = values.join(SEPARATOR);
    let found = this.values.get(key);
    if (!found) {
      found = { labels: values, value: this.fresh() };
      this.values.set(key, found);
    }
    return found;
  }

  delete(labels: Labels<Name>): void {
    this.values.delete(this.names.map((name) => labels[name]).join(SEPARATOR));
  }

  /** Label text (`a="x",b="y"`) and value of each combination. */
  *entries(): Iterable<[string, Value]> {
    for (const { labels, value } of this.values.values())
      yield [this.names.map((name, i) => `${name}="${escapeLabel(labels[i] as string)}"`).join(","), value];
  }
}

/** Only goes up. */
export class Counter<Name extends string = never> extends Family {
  private readonly series: Series<Name, number>;

  constructor(name: string, help: string, names: readonly Name[]) {
    super(name, help);
    this.series = new Series(names, () => 0);
  }

  add(labels: Labels<Name>, amount = 1): void {
    if (!(amount >= 0)) throw new RangeError(`${this.name} cannot go down`);
    this.series.at(labels).value += amount;
  }

  override text(): string {
    return this.page("counter", sampled(this.name, this.series.entries()));
  }
}

/** Goes up and down; may be read from a function when the page is asked for. */
export class Gauge<Name extends string = never> extends Family {
  private readonly series: Series<Name, number | (() => number)>;

  constructor(name: string, help: string, names: readonly Name[]) {
    super(name, help);
    this.series = new Series<Name, number | (() => number)>(names, () => 0);
  }

  set(labels: Labels<Name>, value: number): void {
    this.series.at(labels).value = value;
  }

  /** Asks `now` for the value at each scrape. */
  read(labels: Labels<Name>, now: () => number): void {
    this.series.at(labels).value = now;
  }

  /** Forgets what is gone, such as a model that was unloaded. */
  remove(labels: Labels<Name>): void {
    this.series.delete(labels);
  }

  override text(): string {
    const now = [...this.series.entries()].map(
      ([labels, value]) => [labels, typeof value === "function" ? value() : value] as const,
    );
    return this.page("gauge", sampled(this.name, now));
  }
}

/** How often a value fell at or below each of its bounds. */
export class Histogram<Name extends string = never> extends Family {
  private readonly series: Series<Name, { counts: number[]; sum: number }>;
  private readonly bounds: readonly number[];

  constructor(name: string, help: string, names: readonly Name[], bounds: readonly number[]) {
    super(name, help);
    if (bounds.some((bound, i) => i > 0 && bound <= (bounds[i - 1] as number)))
      throw new RangeError(`The buckets of ${name} must rise`);
    this.bounds = bounds;
    // One more for what exceeds the last bound.
    this.series = new Series(names, () => ({ counts: new Array<number>(bounds.length + 1).fill(0), sum: 0 }));
  }

  observe(labels: Labels<Name>, value: number): void {
    const { value: seen } = this.series.at(labels);
    const over = this.bounds.findIndex((bound) => value <= bound);
    const bucket = over < 0 ? this.bounds.length : over;
    seen.counts[bucket] = (seen.counts[bucket] as number) + 1;
    seen.sum += value;
  }

  override text(): string {
    const lines: string[] = [];
    for (const [labels, { counts, sum }] of this.series.entries()) {
      let total = 0;
      for (const [i, count] of counts.entries()) {
        total += count;
        const bound = i < this.bounds.length ? number(this.bounds[i] as number) : "+Inf";
        lines.push(`${this.name}_bucket{${labels}${labels ? "," : ""}le="${bound}"} ${total}`);
      }
      lines.push(sample(`${this.name}_sum`, labels, sum), sample(`${this.name}_count`, labels, total));
    }
    return this.page("histogram", lines);
  }
}

/** All metrics as one page of text; each ends with a newline as the format asks. */
export function expose(families: Iterable<Family>): string {
  return Array.from(families, (one) => one.text()).join("");
}

/** The `content-type` of that page. */
export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

function sampled(name: string, entries: Iterable<readonly [string, number]>): string[] {
  return Array.from(entries, ([labels, value]) => sample(name, labels, value));
}

function sample(name: string, labels: string, value: number): string {
  return `${name}${labels ? `{${labels}}` : ""} ${number(value)}`;
}

/** As Go's ParseFloat reads it, which is what the format asks for. */
function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
