import { deepgram } from "./deepgram/routes.ts";
import type { Dialect } from "./dialect.ts";
import { openai } from "./openai/routes.ts";
import { verbatim } from "./verbatim/routes.ts";

/** Every protocol that the server speaks. */
export const dialects: readonly Dialect[] = [openai, deepgram, verbatim];
