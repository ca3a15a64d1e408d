/** The settings that can be right one by one and wrong together. */
import { isLoopback, listenAddresses } from "../../config/listen.ts";
import { readApiKeys } from "../../config/secrets.ts";
import { type Check, fail, ok, reasonOf, warn } from "./check.ts";

export const settings: Check = {
  name: "settings",
  async run(values) {
    let keys: string[];
    let open: string | undefined;
    try {
      keys = readApiKeys(values);
      open = listenAddresses(values).find(({ host }) => !isLoopback(host))?.host;
    } catch (thrown) {
      return fail(reasonOf(thrown));
    }
    const facts = { keys: keys.length, reachable: open !== undefined };
    const doors = keys.length === 0 ? "no API key" : `${keys.length} API ${keys.length === 1 ? "key" : "keys"}`;
    if (open === undefined) return ok(`listens on this machine only, ${doors}`, facts);
    if (keys.length > 0) return ok(`${open} can be reached from other machines, ${doors}`, facts);
    const text = `${open} can be reached from other machines, ${doors}`;
    if (values.allowOpen) return warn(text, "Anybody who reaches it can use it.", facts);
    return fail(text, "Set VERBATIM_API_KEYS or api-keys-file; --allow-open serves without.", facts);
  },
};
