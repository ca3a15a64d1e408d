import { deepgram } from "./deepgram/routes.ts";
import type { Dialect } from "./dialect.ts";
import { eitherSocket } from "./either-socket.ts";
import { handy } from "./handy/routes.ts";
import { openai } from "./openai/routes.ts";
import { parakeet } from "./parakeet/routes.ts";
import { realtimeMlx } from "./realtime-mlx/routes.ts";
import { verbatim } from "./verbatim/routes.ts";

/** Every protocol that the server speaks. */
export const dialects: readonly Dialect[] = [openai, deepgram, parakeet, handy, eitherSocket, realtimeMlx, verbatim];
