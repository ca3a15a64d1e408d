/** The sinks that the settings name, as one: what is published goes to all of them. */
import { join } from "node:path";
import type { Settings } from "../config/table.ts";
import { VerbatimError } from "../error.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { Courier, type Pace } from "./courier.ts";
import type { Destination, Parcel, SinkName } from "./destination.ts";
import { LinesFile } from "./file.ts";
import { Postgres } from "./postgres.ts";
import { type Dropped, SinkQueue } from "./queue.ts";
import { encode, type NewRecord, type TranscriptSink } from "./record.ts";
import { Redis } from "./redis.ts";
import { Webhook } from "./webhook.ts";

/** Milliseconds between two looks for what has become too old, and between two lines in the log about what was dropped. */
const EXPIRY_INTERVAL = 60_000;
const DROP_LOG_INTERVAL = 10_000;

export interface Sinks extends TranscriptSink {
  /** Whether some sink wants partials; where none does, they need not be published. */
  readonly partials: boolean;
  /** Delivers for at most so many milliseconds what still waits; the rest is delivered after the next start. */
  close(grace: number): Promise<void>;
}

export interface SinksParts {
  log: Log;
  metrics: Metrics;
  /** How soon couriers try again, and the milliseconds that they wait for one answer; for tests. */
  pace?: Partial<Pace>;
  patience?: number;
}

/** Opens the sinks and begins to deliver what waits from before; undefined where the settings name none. */
export function openSinks(
  { sinks, dataDir }: Pick<Settings, "sinks" | "dataDir">,
  parts: SinksParts,
): Sinks | undefined {
  if (!sinks.webhookUrl && !sinks.redisUrl && !sinks.postgresUrl && !sinks.file) return undefined;
  if (sinks.redisUrl && sinks.redisChannel === "" && !sinks.redisStream)
    throw new VerbatimError("bad-parameter", "sinks.redis-url needs a sinks.redis-channel or a sinks.redis-stream.", {
      parameter: "sinks.redis-channel",
    });
  const queue = new SinkQueue(join(dataDir, "sinks.sqlite"), sinks.queueSize);
  try {
    return new OpenSinks(queue, destinations(sinks, queue, parts.patience), sinks, parts);
  } catch (thrown) {
    queue.close();
    throw thrown;
  }
}

function destinations(sinks: Settings["sinks"], queue: SinkQueue, patience: number | undefined): Destination[] {
  const found: Destination[] = [];
  const { webhookUrl, redisUrl, postgresUrl, file } = sinks;
  if (webhookUrl)
    found.push(new Webhook({ url: webhookUrl, secret: sinks.webhookSecret, token: sinks.webhookToken, patience }));
  if (redisUrl)
    found.push(
      new Redis({
        url: redisUrl,
        channel: sinks.redisChannel,
        stream: sinks.redisStream,
        streamLength: sinks.redisStreamLength,
        queueId: queueId(queue),
        patience,
      }),
    );
  if (postgresUrl) found.push(new Postgres({ url: postgresUrl, schema: sinks.postgresSchema, patience }));
  if (file) found.push(new LinesFile(file, queue));
  return found;
}

/** Numbers begin anew with a new queue, and so does what counts them elsewhere. */
function queueId(queue: SinkQueue): string {
  const known = queue.note("id");
  if (known) return known;
  const id = crypto.randomUUID();
  queue.setNote("id", id);
  return id;
}

class OpenSinks implements Sinks {
  readonly #queue: SinkQueue;
  readonly #couriers: Map<SinkName, Courier>;
  readonly #names: SinkName[];
  readonly #wantPartials: SinkName[];
  readonly #retention: number;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #expiry: ReturnType<typeof setInterval>;
  /** Not yet logged. */
  readonly #dropped = new Map<string, number>();
  #dropLog: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(
    queue: SinkQueue,
    all: readonly Destination[],
    { partials, retention }: Settings["sinks"],
    { log, metrics, pace }: SinksParts,
  ) {
    this.#queue = queue;
    this.#log = log;
    this.#metrics = metrics;
    this.#retention = 1000 * retention;
    this.#names = all.map(({ name }) => name);
    this.#wantPartials = this.#names.filter((name) => partials.includes(name));
    this.#expire();
    metrics.sinkQueueBytes.read({}, () => queue.bytes);
    this.#couriers = new Map(all.map((one) => [one.name, new Courier(one, { queue, log, metrics, pace })]));
    this.#expiry = setInterval(() => this.#expire(), EXPIRY_INTERVAL);
    this.#expiry.unref();
  }

  get partials(): boolean {
    return this.#wantPartials.length > 0;
  }

  publish(record: NewRecord): void {
    this.#guarded(1, () => {
      const parcel = parcelOf(record);
      if (record.type === "partial") {
        for (const name of this.#wantPartials) this.#couriers.get(name)?.partial(placeOf(record), parcel);
        return;
      }
      for (const courier of this.#couriers.values()) courier.overtaken(placeOf(record));
      this.#keep([parcel]);
    });
  }

  publishOnce(work: string, records: readonly NewRecord[]): void {
    this.#guarded(records.length, () => this.#keep(records.map(parcelOf), work));
  }

  #keep(parcels: readonly Parcel[], work?: string): void {
    this.#lost("full", this.#queue.add(parcels, this.#names, { work }));
    for (const courier of this.#couriers.values()) courier.wake();
  }

  /** Whatever happens to so many records, recognition goes on. */
  #guarded(count: number, take: () => void): void {
    const all = () => new Map(this.#names.map((name) => [name, count]));
    if (this.#closed) {
      this.#lost("closed", all());
      return;
    }
    try {
      take();
    } catch (thrown) {
      // One reason is enough for all that the next line of the log counts.
      if (!this.#dropLog) this.#log.error("records for the sinks could not be written", { error: thrown });
      this.#lost("unwritten", all());
    }
  }

  async close(grace: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#expiry);
    await Promise.all(Array.from(this.#couriers.values(), (courier) => courier.close(grace)));
    this.#tellDropped();
    const left = this.#names.map((name): [string, number] => [name, this.#queue.waiting(name)]);
    const waiting = Object.fromEntries(left.filter(([, count]) => count > 0));
    if (Object.keys(waiting).length > 0) this.#log.info("what sinks did not take is kept for the next start", waiting);
    this.#queue.close();
  }

  #expire(): void {
    try {
      this.#lost("old", this.#queue.expire(Date.now() - this.#retention));
    } catch (thrown) {
      this.#log.error("the queue for the sinks could not be tidied", { error: thrown });
    }
  }

  /** Counts at once; logs at intervals, for a full queue loses one record with each new one. */
  #lost(reason: "full" | "old" | "unwritten" | "closed", dropped: Dropped): void {
    for (const [sink, count] of dropped) {
      this.#metrics.sinkRecords.add({ sink, outcome: "dropped" }, count);
      const key = `${sink}, ${reason}`;
      this.#dropped.set(key, (this.#dropped.get(key) ?? 0) + count);
    }
    if (this.#dropped.size === 0 || this.#dropLog) return;
    this.#dropLog = setTimeout(() => this.#tellDropped(), DROP_LOG_INTERVAL);
    this.#dropLog.unref();
  }

  #tellDropped(): void {
    clearTimeout(this.#dropLog);
    this.#dropLog = undefined;
    if (this.#dropped.size > 0) this.#log.warn("records for sinks were dropped", Object.fromEntries(this.#dropped));
    this.#dropped.clear();
  }
}

function parcelOf(record: NewRecord): Parcel {
  const id = Bun.randomUUIDv7();
  return { id, session: record.session, body: encode({ ...record, id, time: new Date().toISOString() }) };
}

/** Where a partial is replaced by the next one. */
function placeOf({ session, channel }: NewRecord): string {
  return `${channel} ${session}`;
}
