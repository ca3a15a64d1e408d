/**
 * `/ws` belongs to two older servers: Parakeet's and Handy's. Both take the same samples and answer differently; whose client it is
 * shows from the address, or from what it sends.
 */
import { type AnyElysia, Elysia } from "elysia";
import { listenAddresses } from "../config/listen.ts";
import { VerbatimError } from "../error.ts";
import type { SessionEvent, SessionPatch } from "../recognizer/live/events.ts";
import { beginsContainer } from "./containers.ts";
import type { Dialect, Services } from "./dialect.ts";
import { HandyProtocol } from "./handy/protocol.ts";
import { handyLine } from "./handy/routes.ts";
import { parakeet, parakeetLine } from "./parakeet/routes.ts";
import { type LineDialect, pcmDoor } from "./pcm-door.ts";
import type { LineProtocol, PcmLine } from "./pcm-line.ts";

/** Where Handy's desktop program looks for its server. */
const HANDY_PORT = 8717;

export const eitherSocket: Dialect = {
  name: "ws",
  plugin: (): AnyElysia => new Elysia({ name: "either-socket" }),
  fail: parakeet.fail,
  sockets: (services) => [pcmDoor(services, ["/ws"], (request) => dialectOf(request, services), parakeetFail)],
};

const parakeetFail = (error: VerbatimError, request: Request) => parakeet.fail(error, request);

/** What the address says, or a protocol that finds out. */
function dialectOf(request: Request, { settings }: Services): LineDialect {
  const { searchParams, port } = new URL(request.url);
  const asked = searchParams.get("protocol");
  if (asked === "handy") return handyLine;
  if (asked === "parakeet") return parakeetLine(request);
  if (asked !== null)
    throw new VerbatimError("bad-parameter", "protocol is handy or parakeet.", { parameter: "protocol" });
  const address = listenAddresses(settings).find((one) => one.dialect !== undefined && String(one.port) === port);
  if (address?.dialect === "handy" || Number(port) === HANDY_PORT) return handyLine;
  if (address?.dialect === "parakeet") return parakeetLine(request);
  const { name, open } = parakeetLine(request);
  return { name, open: (line) => new Undecided(line, open(line)) };
}

/** Parakeet's until a sign of Handy's: any text message, or a recording where samples should begin. */
class Undecided implements LineProtocol {
  readonly session: SessionPatch;
  readonly #line: PcmLine;
  readonly #parakeet: LineProtocol;
  #hasSamples = false;

  constructor(line: PcmLine, assumed: LineProtocol) {
    this.#line = line;
    this.#parakeet = assumed;
    this.session = assumed.session;
  }

  text(message: string): void {
    this.#becomeHandy().text(message);
  }

  bytes(message: Uint8Array): void {
    if (!this.#hasSamples && beginsContainer(message)) {
      this.#becomeHandy().bytes(message);
      return;
    }
    this.#hasSamples = true;
    this.#parakeet.bytes(message);
  }

  hear(event: SessionEvent): void {
    this.#parakeet.hear(event);
  }

  over(): void | Promise<void> {
    return this.#parakeet.over();
  }

  #becomeHandy(): HandyProtocol {
    const handy = new HandyProtocol(this.#line, this.#hasSamples);
    this.#line.become(handy);
    return handy;
  }
}
