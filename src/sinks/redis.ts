/**
 * Redis: each record is published on a channel, added to a stream, or both. A script does it together with noting the last record in a key of
 * ours, so that a batch that comes again, because its answer was lost or this process was killed, changes nothing the second time.
 */
import { RedisClient } from "bun";
import { answered, type Destination, PATIENCE, type Parcel, type Queued, type Settle } from "./destination.ts";

/**
 * KEYS: the last record's number, the stream. ARGV: channel, `stream` or nothing, the stream's length, seconds to keep the number, then number,
 * id and body of each record. Redis runs it as one; what fails in the middle has noted what went before it.
 */
const DELIVER = `
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
for i = 5, #ARGV, 3 do
  local number = tonumber(ARGV[i])
  if number > last then
    if ARGV[2] == 'stream' then
      if ARGV[3] == '0' then
        redis.call('XADD', KEYS[2], '*', 'id', ARGV[i + 1], 'record', ARGV[i + 2])
      else
        redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'id', ARGV[i + 1], 'record', ARGV[i + 2])
      end
    end
    redis.call('SET', KEYS[1], ARGV[i], 'EX', ARGV[4])
    if ARGV[1] ~= '' then redis.call('PUBLISH', ARGV[1], ARGV[i + 2]) end
  end
end
return 'OK'`;

/** Longer than anything waits. */
const NUMBER_SECONDS = 400 * 86_400;

export interface RedisOptions {
  url: string;
  /** Empty for none. */
  channel: string;
  stream?: string | undefined;
  /** 0: without a limit. */
  streamLength: number;
  /** Tells this server's queue from those of others that send to the same Redis. */
  queueId: string;
  patience?: number | undefined;
}

export class Redis implements Destination {
  readonly name = "redis";
  readonly #options: RedisOptions;
  #client: RedisClient | undefined;

  constructor(options: RedisOptions) {
    this.#options = options;
  }

  async deliver(batch: readonly Queued[], settle: Settle, signal: AbortSignal): Promise<void> {
    const { channel, stream, streamLength, queueId } = this.#options;
    // In a cluster both keys must lie on one node: the braces say by what they are placed.
    const key = `verbatim:{${stream ?? channel}}:${queueId}`;
    const kind = stream === undefined ? "" : "stream";
    const records = batch.flatMap(({ seq, id, body }) => [`${seq}`, id, body]);
    const fixed = [channel, kind, `${streamLength}`, `${NUMBER_SECONDS}`];
    await this.#send("EVAL", [DELIVER, "2", key, stream ?? key, ...fixed, ...records], signal);
    settle(batch, "delivered");
  }

  /** A stream keeps what it is given, so partials are only published. */
  async tell(partials: readonly Parcel[], signal: AbortSignal): Promise<void> {
    const { channel } = this.#options;
    if (channel === "") return;
    for (const { body } of partials) await this.#send("PUBLISH", [channel, body], signal);
  }

  async close(): Promise<void> {
    this.#client?.close();
    this.#client = undefined;
  }

  /** One command over a connection that is made when there is none; after any trouble the next one makes a new one. */
  async #send(command: string, args: string[], signal: AbortSignal): Promise<void> {
    try {
      const sent = this.#connected().then((client) => client.send(command, args));
      await answered(sent, signal, this.#options.patience ?? PATIENCE);
    } catch (thrown) {
      await this.close();
      throw thrown;
    }
  }

  async #connected(): Promise<RedisClient> {
    if (this.#client?.connected) return this.#client;
    this.#client?.close();
    // Without a memory of its own: what could not be sent is in our queue.
    const client = new RedisClient(this.#options.url, { autoReconnect: false, enableOfflineQueue: false });
    this.#client = client;
    await client.connect();
    return client;
  }
}
