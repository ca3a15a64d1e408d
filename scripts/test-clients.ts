/**
 * `bun run test:clients`: what needs programs that the lockfile does not bring (ffmpeg, a browser, databases). Debian has them as packages;
 * with `CI=true` root installs them. A missing one is a failure, never a skipped test.
 */
import { findPostgres } from "./postgres.ts";
import { runTests } from "./run-tests.ts";
import { prepare } from "./setup.ts";

/** Package → whether it is there. */
const needed: Record<string, () => unknown> = {
  ffmpeg: () => Bun.which("ffmpeg"),
  nodejs: () => Bun.which("node"),
  chromium: () => Bun.which("chromium"),
  "redis-server": () => Bun.which("redis-server"),
  postgresql: findPostgres,
  "python3-venv": () => Bun.spawnSync(["python3", "-c", "import ensurepip, venv"]).success,
};

const missing = () => Object.keys(needed).filter((name) => !needed[name]?.());

function install(packages: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", ...packages],
  ])
    Bun.spawnSync(["apt-get", ...args], { env, stdio: ["ignore", "inherit", "inherit"] });
}

if (missing().length > 0 && process.env.CI === "true" && process.getuid?.() === 0) install(missing());
if (missing().length > 0) {
  console.error(`These tests need more programs: apt-get install ${missing().join(" ")}`);
  process.exit(1);
}
await prepare();
await runTests(["./test/clients"]);
