/** `bun run check`: format and lint, types, dead code, the floors of the house, licences. Every check runs; one failure fails all. */
import { root } from "./setup.ts";

const checks: [what: string, ...command: string[]][] = [
  ["format and lint", "node_modules/.bin/biome", "ci", "--error-on-warnings", "--colors=off"],
  ["types", "node_modules/.bin/tsc", "--noEmit", "-p", "."],
  ["types of the page", "node_modules/.bin/tsc", "--noEmit", "-p", "src/page"],
  ["dead code", "node_modules/.bin/knip"],
  ["floors", process.execPath, "scripts/check/floors.ts"],
  ["licences", process.execPath, "scripts/check/licences.ts"],
];

let failed = 0;
for (const [what, ...command] of checks) {
  const child = Bun.spawn(command, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  console.log(`${code === 0 ? "ok    " : "FAILED"} ${what}`);
  if (code !== 0) {
    failed++;
    process.stdout.write(out);
    process.stderr.write(err);
  }
}
process.exit(failed === 0 ? 0 : 1);
