/**
 * `bun run test:clients`: what needs programs that the lockfile does not bring (ffmpeg, a browser). Debian has them as packages;
 * `.ci/run` installs them. A missing one is a failure, never a skipped test.
 */
import { join } from "node:path";
import { prepare, root } from "./setup.ts";

const needed: Record<string, string> = { ffmpeg: "ffmpeg", chromium: "chromium" };

const missing = Object.entries(needed).filter(([program]) => !Bun.which(program));
if (missing.length > 0) {
  const packages = missing.map(([, name]) => name).join(" ");
  console.error(`These tests need ${missing.map(([program]) => program).join(", ")}: apt-get install ${packages}`);
  process.exit(1);
}
await prepare();
const child = Bun.spawn([process.execPath, "test", "--timeout", "120000", join(root, "test/clients")], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
});
process.exit(await child.exited);
