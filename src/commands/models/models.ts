/** `verbatim models …` */
import type { CommandGroup } from "../command.ts";
import { list } from "./list.ts";
import { path } from "./path.ts";
import { pull } from "./pull.ts";
import { quantize } from "./quantize.ts";
import { remove } from "./remove.ts";
import { verify } from "./verify.ts";

export const models: CommandGroup = {
  name: "models",
  summary: "List, fetch, make, check and remove models.",
  commands: [list, pull, path, verify, quantize, remove],
};
