/**
 * `bun run test`: sets up what is missing, then runs every test that needs no more than the lockfile brings.
 * Arguments go to `bun test` (a path runs just that); tests of real clients are another command, `bun run test:clients`.
 */
import { join } from "node:path";
import { prepare, root } from "./setup.ts";

await prepare();

async function run(...args: string[]): Promise<void> {
  const child = Bun.spawn([process.execPath, ...args], { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  const code = await child.exited;
  if (code !== 0) process.exit(code);
}

await run(join(root, "src/main.ts"), "models", "pull", "base.en-q8_0");
const wanted = process.argv.slice(2);
await run(
  "test",
  "--timeout",
  "120000",
  ...(wanted.length > 0 ? wanted : ["./src", "./native", "./scripts", "./test/server", "./bench"]),
);
