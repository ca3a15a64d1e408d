/** `bun start`: sets up what is missing, then runs `verbatim serve` with the arguments given. */
import { join } from "node:path";
import { endWithNpm } from "./npm-parent.ts";
import { prepare, root } from "./setup.ts";

await prepare();
endWithNpm();
process.argv = [process.execPath, join(root, "src/main.ts"), "serve", ...process.argv.slice(2)];
await import("../src/main.ts");
