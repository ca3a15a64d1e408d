import { VerbatimError } from "../error.ts";
import type { Settings } from "./table.ts";

export interface ListenAddress {
  host: string;
  port: number;
  /** Whose paths an address answers at its root, when it is given to one dialect. */
  dialect?: string;
}

/** Every address to listen on, the one of `host` and `port` first. */
export function listenAddresses({ host, port, listen }: Pick<Settings, "host" | "port" | "listen">): ListenAddress[] {
  return [{ host: host.replace(/^\[(.*)\]$/, "$1"), port }, ...listen.map(parse)];
}

/** The table's pattern has made sure of the form. */
function parse(text: string): ListenAddress {
  const [address = "", dialect] = text.split("=");
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  const port = Number(address.slice(colon + 1));
  if (port > 65_535)
    throw new VerbatimError("bad-parameter", `listen: ${text} has a port above 65535.`, { parameter: "listen" });
  return { host, port, ...(dialect ? { dialect } : {}) };
}

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
