/** Text messages of Lightning Whisper MLX's clients. Case does not matter in their types. */
import { isObject } from "../json.ts";
import { readStartConfig, type StartConfig } from "./start.ts";

export type LightningControl =
  | ({ type: "start" } & StartConfig)
  | { type: "audio"; bytes: Uint8Array }
  | { type: "end" }
  /** Accepted, and never answered. */
  | { type: "nothing" }
  | { type: "wrong"; error: string };

/** Whether a message is the `start` that no other server's clients send, whatever it says beyond that. */
export function beginsLightning(message: string): boolean {
  return typeOf(parsed(message)) === "start";
}

/** Reads one message. */
export function readLightning(message: string): LightningControl {
  const given = parsed(message);
  if (given === undefined) return wrong("Invalid JSON control message");
  const type = typeOf(given);
  switch (type.replace(/^listenv1/, "")) {
    case "start":
      return readStart(given.config);
    case "audio":
      return readAudio(given.value);
    case "stop":
    case "end":
    case "finalize":
    // Deepgram's goodbye, from clients that name nothing of Deepgram's in their address.
    case "closestream":
      return { type: "end" };
    case "ping":
    case "keepalive":
      return { type: "nothing" };
  }
  return wrong(`Unsupported control message type: ${type.slice(0, 60)}`);
}

function parsed(message: string): Record<string, unknown> | undefined {
  try {
    const given: unknown = JSON.parse(message);
    return isObject(given) ? given : undefined;
  } catch {
    return undefined;
  }
}

function typeOf(given: Record<string, unknown> | undefined): string {
  return String(given?.type).toLowerCase();
}

function readStart(config: unknown): LightningControl {
  const read = readStartConfig(isObject(config) ? config : undefined);
  return typeof read === "string" ? wrong(read) : { type: "start", ...read };
}

/** The first servers of this kind took audio in JSON, too. */
function readAudio(value: unknown): LightningControl {
  const data = isObject(value) ? value.data : undefined;
  if (typeof data !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(data)) return wrong("data must be base64");
  return { type: "audio", bytes: new Uint8Array(Buffer.from(data, "base64")) };
}

function wrong(error: string): LightningControl {
  return { type: "wrong", error };
}
