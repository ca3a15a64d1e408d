/** A real Redis and a real PostgreSQL for a test: on free ports, in a folder of their own, stopped by their pid. */
import { chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RedisClient, SQL } from "bun";
import { findPostgres } from "../../scripts/postgres.ts";

export interface Database {
  url: string;
  /** Starts it again after `kill`, with what it had kept, on the same port. */
  start(): Promise<void>;
  /** At once, as a power cut would. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** Debian's `nobody`: PostgreSQL refuses to run as root. */
const NOBODY = 65_534;

const isRoot = process.getuid?.() === 0;

function unprivileged(command: string[]): string[] {
  if (!isRoot) return command;
  return ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", ...command];
}

function newFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `verbatim-${name}-`));
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  return folder;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No port was given");
  return address.port;
}

/** Runs a server's command; it counts as started when `ready` stops failing. */
class Running implements Database {
  readonly url: string;
  readonly #command: string[];
  readonly #folder: string;
  readonly #ready: () => Promise<unknown>;
  #process: Bun.Subprocess | undefined;

  constructor(url: string, command: string[], folder: string, ready: () => Promise<unknown>) {
    this.url = url;
    this.#command = command;
    this.#folder = folder;
    this.#ready = ready;
  }

  async start(): Promise<void> {
    let child = this.#spawn();
    for (let tries = 0; tries < 1200; tries++) {
      // PostgreSQL does not start while a process of the one that was killed still holds its shared memory.
      if (child.exitCode !== null) child = this.#spawn();
      try {
        await this.#ready();
        return;
      } catch {
        await Bun.sleep(50);
      }
    }
    throw new Error(`${this.#command[0]} did not get ready; exit code ${child.exitCode}`);
  }

  #spawn(): Bun.Subprocess {
    this.#process = Bun.spawn(unprivileged(this.#command), {
      cwd: this.#folder,
      stdio: ["ignore", "ignore", "ignore"],
    });
    return this.#process;
  }

  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
  }

  async close(): Promise<void> {
    this.#process?.kill("SIGTERM");
    await this.#process?.exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A Redis that writes down every command before it answers, with a password. */
export async function startRedis(): Promise<Database> {
  const folder = newFolder("redis");
  const port = await freePort();
  const url = `redis://:geheim@127.0.0.1:${port}`;
  const server = Bun.which("redis-server") ?? "redis-server";
  const durable = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
  const command = [server, "--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--requirepass", "geheim"];
  const running = new Running(url, [...command, ...durable], folder, async () => {
    const client = new RedisClient(url, { autoReconnect: false, connectionTimeout: 1000 });
    try {
      await client.send("PING", []);
    } finally {
      client.close();
    }
  });
  await running.start();
  return running;
}

/** A PostgreSQL with one database and a user who may do anything in it. */
export async function startPostgres(): Promise<Database> {
  const folder = newFolder("postgres");
  const data = join(folder, "data");
  mkdirSync(join(folder, "socket"));
  if (isRoot) chownSync(join(folder, "socket"), NOBODY, NOBODY);
  const programs = findPostgres();
  if (!programs) throw new Error("PostgreSQL is not installed");
  const port = await freePort();
  const made = Bun.spawnSync(
    unprivileged([join(programs, "initdb"), "-D", data, "-U", "verbatim", "--auth=trust", "-E", "UTF8", "--no-sync"]),
    { cwd: folder },
  );
  if (!made.success) throw new Error(`initdb failed: ${made.stderr}`);
  const url = `postgres://verbatim:geheim@127.0.0.1:${port}/postgres`;
  const command = [
    join(programs, "postgres"),
    "-D",
    data,
    "-p",
    `${port}`,
    "-h",
    "127.0.0.1",
    "-k",
    join(folder, "socket"),
  ];
  const running = new Running(url, command, folder, async () => {
    const sql = new SQL({ url, max: 1, connectionTimeout: 1 });
    try {
      await sql`SELECT 1`;
    } finally {
      await sql.close({ timeout: 0 });
    }
  });
  await running.start();
  return running;
}
