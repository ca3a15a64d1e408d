/**
 * Makes a checkout ready to run: the pinned Bun and the dependencies, then the native library.
 * Each step does nothing when it is done already. Runs before anything is installed, so it imports nothing but the platform.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dir, "..");

const installed = join(root, "node_modules/.verbatim-lock");

/** The Bun that package.json pins; what runs this script may be another one. */
function pinnedBun(): { version: string; path: string } {
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const name = process.platform === "win32" ? "bun.exe" : "bun";
  return { version: devDependencies.bun, path: join(root, "node_modules/.bin", name) };
}

async function run(command: string[], env: Record<string, string> = {}): Promise<void> {
  const child = Bun.spawn(command, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
  });
  const code = await child.exited;
  // The step has said what is wrong; a stack trace would only hide it.
  if (code !== 0) process.exit(code);
}

function lockHash(): string {
  const hash = new Bun.CryptoHasher("sha256");
  for (const file of ["package.json", "bun.lock"]) hash.update(readFileSync(join(root, file)));
  return hash.digest("hex");
}

async function install(): Promise<void> {
  const wanted = lockHash();
  if (existsSync(installed) && readFileSync(installed, "utf8") === wanted) return;
  console.error("Installing dependencies …");
  await run([process.execPath, "install", "--frozen-lockfile"]);
  writeFileSync(installed, wanted);
}

/** Runs the calling script again under the pinned Bun and ends with its exit code; returns when this is the pinned Bun. */
async function usePinnedBun(): Promise<void> {
  const pinned = pinnedBun();
  if (Bun.version === pinned.version) return;
  if (process.env.VERBATIM_BUN_CHECKED === "1") {
    console.error(
      `Bun ${pinned.version} is needed, but ${pinned.path} is ${Bun.version}. Delete node_modules and start again.`,
    );
    process.exit(1);
  }
  const child = Bun.spawn([pinned.path, ...process.argv.slice(1)], {
    stdio: ["inherit", "inherit", "inherit"],
    env: { ...process.env, VERBATIM_BUN_CHECKED: "1" },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  process.exit(await child.exited);
}

/**
 * ffmpeg opens the containers that the library cannot. Its package fetches the program from the web, which may not be there:
 * so it is tried once, beside the native build, and a failure is no error.
 */
function tryFfmpeg(): Bun.Subprocess | undefined {
  const folder = join(root, "node_modules/ffmpeg-static");
  const tried = join(folder, ".verbatim-tried");
  if (!existsSync(join(folder, "install.js")) || existsSync(tried) || Bun.which("ffmpeg")) return undefined;
  writeFileSync(tried, "");
  return Bun.spawn([process.execPath, "install.js"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "ignore"],
    timeout: 120_000,
  });
}

/** Dependencies, the pinned Bun, the native library, the page, the licences. */
export async function prepare(): Promise<void> {
  await install();
  await usePinnedBun();
  const ffmpeg = tryFfmpeg();
  await run(["bash", "native/build.sh", "cpu"], { BUN: process.execPath });
  ffmpeg?.kill();
  await (await import("./page.ts")).buildPage();
  await writeNotices();
}

/** What `verbatim licenses` prints. Read by name, because what it reads is there only after the installation. */
async function writeNotices(): Promise<void> {
  const { notices } = await import("./notices.ts");
  mkdirSync(join(root, "build/licences"), { recursive: true });
  writeFileSync(
    join(root, "build/licences/THIRD-PARTY.txt"),
    notices({ model: true, wakeWords: true, ffmpeg: undefined }),
  );
}
