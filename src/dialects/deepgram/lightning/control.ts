/** Text messages of Lightning Whisper MLX's clients. Case does not matter in their types. */

export type LightningControl =
  | { type: "start"; rate?: number; language?: string }
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
  const { sample_rate: rate, language } = isObject(config) ? config : {};
  if (rate !== undefined && rate !== null && !isRate(rate))
    return wrong("sample_rate must be a whole number from 8000 to 192000");
  if (language !== undefined && language !== null && typeof language !== "string")
    return wrong("language must be a text");
  return { type: "start", ...(isRate(rate) ? { rate } : {}), ...(language ? { language } : {}) };
}

/** The first servers of this kind took audio in JSON, too. */
function readAudio(value: unknown): LightningControl {
  const data = isObject(value) ? value.data : undefined;
  if (typeof data !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(data)) return wrong("data must be base64");
  return { type: "audio", bytes: new Uint8Array(Buffer.from(data, "base64")) };
}

function isRate(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 8000 && (value as number) <= 192_000;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(error: string): LightningControl {
  return { type: "wrong", error };
}
