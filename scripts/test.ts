/**
 * `bun run test`: sets up what is missing, then runs every test that needs no more than the lockfile brings.
 * Arguments go to `bun test` (a path runs just that); tests of real clients are another command, `bun run test:clients`.
 */
import { join } from "node:path";
import { runTests } from "./run-tests.ts";
import { prepare, root } from "./setup.ts";

await prepare();

const pull = Bun.spawn([process.execPath, join(root, "src/main.ts"), "models", "pull", "base.en-q8_0"], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
});
if ((await pull.exited) !== 0) process.exit(1);
const wanted = process.argv.slice(2);
await runTests(wanted.length > 0 ? wanted : ["./src", "./native", "./scripts", "./test/server", "./bench"]);
