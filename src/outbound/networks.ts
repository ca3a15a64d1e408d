/** Which addresses strangers may send us to: those of the public internet, and what the operator allows besides. */
import { BlockList, isIP } from "node:net";
import { VerbatimError } from "../error.ts";

/**
 * What is not globally reachable by the special-purpose address registries of RFC 6890, and what carries such an address inside
 * itself (6to4, Teredo, NAT64, mapped IPv4): nobody publishes audio there.
 */
const SPECIAL = `
  0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24
  192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
  ::/96 ::1/128 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10
  fec0::/10 ff00::/8`;

const special = blockList(SPECIAL.trim().split(/\s+/));

/** Whether an address may be connected to; `allowed` are networks such as `10.0.0.0/8`, or `*` for all. */
export function isReachable(address: string, allowed: readonly string[]): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  const type = family === 6 ? "ipv6" : "ipv4";
  return allowed.includes("*") || !special.check(address, type) || blockList(allowed).check(address, type);
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    const family = isIP(address);
    const longest = family === 6 ? 128 : 32;
    const length = Number(prefix ?? longest);
    if (family === 0 || !(length >= 0 && length <= longest))
      throw new VerbatimError("bad-parameter", `private-networks: ${network} is no network such as 10.0.0.0/8.`, {
        parameter: "private-networks",
      });
    list.addSubnet(address, length, family === 6 ? "ipv6" : "ipv4");
  }
  return list;
}
