import { runCommandLine } from "./commands/index.ts";

process.exit(await runCommandLine(process.argv.slice(2)));
