/** This page's server, with the key that it may want. The key lives as long as the tab does, and is never part of an address. */

const STORED = "verbatim-key";

let asking: Promise<string> | undefined;
let askForKey: () => Promise<string> = () => Promise.reject(new Error("no key"));

/** Tells how a person is asked for the key. */
export function useKeyQuestion(ask: () => Promise<string>): void {
  askForKey = ask;
}

export function storedKey(): string | undefined {
  return sessionStorage.getItem(STORED) ?? undefined;
}

/** Asks for a key, once however many requests want it. */
export async function newKey(): Promise<void> {
  asking ??= askForKey().finally(() => {
    asking = undefined;
  });
  sessionStorage.setItem(STORED, await asking);
}

export function authorization(): Record<string, string> {
  const key = storedKey();
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

/** The address of one of the server's paths; the page may lie below a folder that a proxy has put the server in. */
export function addressOf(path: string): string {
  return new URL(`.${path}`, location.href).href;
}

/** A request of this server; asks for a key where one is wanted. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  for (;;) {
    const response = await fetch(addressOf(path), { ...init, headers: { ...authorization(), ...init.headers } });
    if (response.status !== 401) return response;
    await newKey();
  }
}

/** Opens a socket of this server. */
export function openSocket(path: string): WebSocket {
  const url = new URL(addressOf(path));
  url.protocol = url.protocol.replace("http", "ws");
  const key = storedKey();
  return key === undefined ? new WebSocket(url) : new WebSocket(url, ["token", key]);
}

/** What a refusal says, in whichever dialect it does. */
export function refusalText(status: number, body: string): string {
  try {
    const { error, err_msg, message } = JSON.parse(body);
    const text = error?.message ?? err_msg ?? message;
    if (typeof text === "string" && text !== "") return text;
  } catch {}
  if (status === 413) return "The file is larger than this server takes.";
  return status === 0 ? "The server does not answer." : `The server answered with ${status}.`;
}
