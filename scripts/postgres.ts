/** Where PostgreSQL's own programs are: Debian keeps them out of PATH, in a folder for each version. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { Glob } from "bun";

/** The folder that holds `initdb` and `postgres`; undefined where there is none. */
export function findPostgres(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const found = existsSync(debian) ? [...new Glob("*/bin/postgres").scanSync(debian)].toSorted().at(-1) : undefined;
  const program = found ? join(debian, found) : Bun.which("postgres");
  return program ? dirname(program) : undefined;
}
