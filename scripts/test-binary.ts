/**
 * `bun run test:binary`: the tests that start the program, against the executable in dist/ in place of the checkout, and those of what only an
 * executable does. VERBATIM_TEST_BINARY names another one. Arguments run just those files. `--emulated` runs it on CPUs that this machine does not
 * have, another architecture's too.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { runTests } from "./run-tests.ts";
import { root } from "./setup.ts";
import { thisTarget } from "./targets.ts";

const asked = process.argv.slice(2);
const paths = asked.filter((one) => !one.startsWith("--"));
const suffix = process.platform === "win32" ? ".exe" : "";
const executable = resolve(
  process.env.VERBATIM_TEST_BINARY ?? join(root, `dist/verbatim-${thisTarget().name}${suffix}`),
);
if (!existsSync(executable)) {
  console.error(`There is no ${executable}: run \`bun run build\` first.`);
  process.exit(1);
}

/** Of a checkout alone: the default model is made of a package, where an executable has it inside; the README's commands start the checkout. */
const ofCheckouts = /\b(default-model|readme)\.test\.ts$/;
/** What starts the program. Those beside modules that do not would run the checkout's code again. */
const all = ["test/server/*.test.ts", "src/commands/**/*.test.ts"]
  .flatMap((files) => [...new Bun.Glob(files).scanSync(root)])
  .filter((file) => !ofCheckouts.test(file));

const run = (files: readonly string[]) =>
  runTests(
    files.map((file) => `./${file}`),
    { VERBATIM_TEST_BINARY: executable },
  );

if (asked.includes("--emulated")) await run(["test/emulated/other-cpus.test.ts"]);

/** A build for one CPU has no variants to choose from. */
const { stdout } = Bun.spawnSync([executable, "variants"], { stdio: ["ignore", "pipe", "inherit"] });
const isRelease = (JSON.parse(stdout.toString()) as string[]).length > 0;
const own = [
  "test/binary/executable.test.ts",
  "test/binary/install.test.ts",
  ...(isRelease ? ["test/binary/variants.test.ts", "test/binary/gpu.test.ts"] : []),
];

await run(paths.length > 0 ? paths : [...own, ...all]);
