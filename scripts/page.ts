/** Bundles the server's own page into `build/page`: `bun scripts/page.ts`, and part of every set-up. */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.ts";

/** Writes the page's files. */
export async function buildPage(): Promise<void> {
  const source = join(root, "src/page");
  const out = join(root, "build/page");
  mkdirSync(out, { recursive: true });
  const result = await Bun.build({
    entrypoints: [join(source, "app.ts"), join(source, "live/worklet.ts"), join(source, "style.css")],
    outdir: out,
    naming: "[name].[ext]",
    target: "browser",
    minify: true,
  });
  if (!result.success) throw new Error(`The page could not be built:\n${result.logs.join("\n")}`);
  for (const file of ["index.html", "icon.svg"]) copyFileSync(join(source, file), join(out, file));
}

if (import.meta.main) await buildPage();
