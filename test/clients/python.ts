/** Python with a package that a test needs, in a folder of its own below build/. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dir, "../..");

/** The interpreter of an environment that has this package, exactly this version, and others (`requests==2.32.5`, or pip's options). The environment is made once. */
export async function pythonWith(name: string, version: string, ...others: string[]): Promise<string> {
  const folder = join(root, "build/python", `${name}-${version}`);
  const python = join(folder, "bin/python");
  const made = join(folder, "made");
  if (existsSync(made)) return python;
  await run("python3", "-m", "venv", folder);
  const packages = [`${name}==${version}`, ...others];
  await run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages);
  await Bun.write(made, "");
  return python;
}

async function run(...command: string[]): Promise<void> {
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
  const [said, complained, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${said}${complained}`);
}
