/** `verbatim version` */
import { version as packageVersion } from "../../package.json" with { type: "json" };
import { type BuildInfo, buildInfo } from "../native/build.ts";
import { type Command, EXIT } from "./command.ts";

/** The program's version (semantic versioning). */
export const programVersion: string = packageVersion;

/** The commit that an executable was built from; a checkout knows its own. */
export const programCommit: string | undefined = process.env.VERBATIM_COMMIT;

export const version: Command = {
  name: "version",
  summary: "Show what this program is made of.",
  usage: ["[--json]"],
  options: [{ name: "json", meaning: "Print JSON." }],
  sections: [],
  async run({ options, terminal }) {
    const library = libraryInfo();
    const facts = {
      version: programVersion,
      commit: programCommit ?? null,
      whisper: library?.whisper ?? null,
      backend: library?.backend ?? null,
      compiler: library?.compiler ?? null,
      bun: Bun.version,
      platform: `${process.platform}-${process.arch}`,
    };
    if (options.has("json")) terminal.out(`${JSON.stringify(facts, null, 2)}\n`);
    else terminal.out(asText(facts));
    return EXIT.ok;
  },
};

function asText(facts: Record<string, string | null>): string {
  const { version: own, commit, whisper, backend, compiler, bun, platform } = facts;
  const lines = [`verbatim ${own}${commit ? ` (${commit})` : ""}`];
  if (whisper) lines.push(`whisper.cpp ${whisper}, ${backend} backend, built with ${compiler}`);
  else lines.push("libverbatim cannot be loaded; `verbatim doctor` says why");
  lines.push(`Bun ${bun} on ${platform}`);
  return `${lines.join("\n")}\n`;
}

/** A version must be told even where the library is what is broken. */
function libraryInfo(): BuildInfo | undefined {
  try {
    return buildInfo();
  } catch {
    return undefined;
  }
}
