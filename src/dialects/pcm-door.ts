/** Doors that lead to a line of samples. */
import type { VerbatimError } from "../error.ts";
import { requireLanguage } from "../models/language.ts";
import type { InstalledModel } from "../models/model.ts";
import { resolveModel } from "../models/resolve.ts";
import { parseLanguage } from "../text/languages.ts";
import type { Services } from "./dialect.ts";
import { type LineProtocol, PcmLine } from "./pcm-line.ts";
import { keyInAddress, type SocketDoor } from "./socket.ts";

export interface LineDialect {
  /** For figures. */
  name: string;
  open(line: PcmLine): LineProtocol;
}

/** A door whose protocol follows from the request. */
export function pcmDoor(
  services: Services,
  paths: readonly string[],
  dialectOf: (request: Request) => LineDialect,
  refuse: (error: VerbatimError, request: Request) => Response,
): SocketDoor {
  return {
    paths,
    key: keyInAddress,
    async accept(request, call) {
      const { name, open } = dialectOf(request);
      const model = await resolveModel(undefined, services.settings, "request");
      // A client hears at the door that there is no room.
      services.engines.admit(call.client, 0).release();
      return { conversation: new PcmLine(services, call, { dialect: name, model, open }) };
    },
    refuse,
  };
}

/** The language that a name means to a model; undefined: it is to be heard, also where the name means nothing. */
export function languageOrHeard(name: unknown, model: InstalledModel): string | undefined {
  const code = typeof name === "string" ? parseLanguage(name) : undefined;
  if (code === undefined || code === "auto") return undefined;
  try {
    requireLanguage(model, code);
    return code;
  } catch {
    return undefined;
  }
}
