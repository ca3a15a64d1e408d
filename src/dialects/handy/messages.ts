/** The messages of Handy's socket, both ways. */

/** What a client may ask for; what it does not name stays as it is. */
export interface HandyConfig {
  language?: unknown;
  task?: unknown;
  beams?: unknown;
}

export type HandyMessage = { type: "stop" } | { type: "config"; config: HandyConfig } | undefined;

/** Reads a text message. What is no object means nothing, as it always has there. */
export function readMessage(message: string): HandyMessage {
  let given: unknown;
  try {
    given = JSON.parse(message);
  } catch {
    return undefined;
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) return undefined;
  const { type, language, task, beam_size: beams } = given as Record<string, unknown>;
  if (type === "stop") return { type: "stop" };
  const said = Object.entries({ language, task, beams }).filter(([, value]) => value !== undefined);
  return { type: "config", config: Object.fromEntries(said) };
}

/** The only two that its clients can read: any other type is an error to them. Spaced as Python writes JSON, which is what they always got. */
export function textMessage(type: "partial" | "final", text: string): string {
  return `{"type": "${type}", "text": ${JSON.stringify(text)}}`;
}
