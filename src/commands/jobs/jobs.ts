/** `verbatim jobs …` */
import type { CommandGroup } from "../command.ts";
import { list } from "./list.ts";
import { remove } from "./remove.ts";
import { retry } from "./retry.ts";

export const jobs: CommandGroup = {
  name: "jobs",
  summary: "List, deliver again and remove requests with a callback.",
  commands: [list, retry, remove],
};
