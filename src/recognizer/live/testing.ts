/** What the tests of live sessions share: sessions over the real engine, speech pushed as a microphone would, and what came of it. */
import { SAMPLE_RATE } from "../../engine/settings.ts";
import { until } from "../../engine/testing.ts";
import type { TestRecognizer } from "../testing.ts";
import type { SessionEvent, SessionOptions } from "./events.ts";
import type { Session } from "./session.ts";

/** Events of one kind. */
type Of<Type extends SessionEvent["type"]> = Extract<SessionEvent, { type: Type }>;

export interface Heard {
  session: Session;
  /** Grows as they come. */
  events: SessionEvent[];
  of<Type extends SessionEvent["type"]>(type: Type): Of<Type>[];
  /** The finals' texts joined. */
  readonly text: string;
  /** Waits for the next event of a kind after so many of them. */
  next<Type extends SessionEvent["type"]>(type: Type, after?: number): Promise<Of<Type>>;
  /** Resolves with the last event. */
  over: Promise<void>;
}

/** Opens a session and reads its events. */
export function listen({ recognizer, model }: TestRecognizer, options: Partial<SessionOptions> = {}): Heard {
  const session = recognizer.openSession({ model, task: "transcribe", client: "test", ...options });
  const events: SessionEvent[] = [];
  const of = <Type extends SessionEvent["type"]>(type: Type) =>
    events.filter((one): one is Of<Type> => one.type === type);
  async function read(): Promise<void> {
    for await (const event of session.events) events.push(event);
  }
  return {
    session,
    events,
    of,
    get text() {
      return of("final")
        .map(({ text }) => text)
        .join("");
    },
    async next(type, after = 0) {
      for (;;) {
        const found = of(type)[after];
        if (found !== undefined) return found;
        await Bun.sleep(2);
      }
    },
    over: read(),
  };
}

/** Pushes frames of 20 ms, so many times faster than they were spoken. */
export async function speak({ session }: Heard, faster: number, ...planes: Float32Array[]): Promise<void> {
  const frame = SAMPLE_RATE / 50;
  const began = performance.now();
  for (let at = 0; at < (planes[0]?.length ?? 0); at += frame) {
    session.push(planes.map((plane) => plane.slice(at, at + frame)));
    const ahead = (((at + frame) / SAMPLE_RATE) * 1000) / faster - (performance.now() - began);
    if (ahead > 0) await Bun.sleep(ahead);
  }
}

/** Pushes a second at a time and waits until it is decoded: as many partials as there can be, however busy the machine is. */
export async function speakSlowly({ engines }: TestRecognizer, heard: Heard, pcm: Float32Array): Promise<void> {
  for (let at = 0; at < pcm.length; at += SAMPLE_RATE) {
    heard.session.push([pcm.slice(at, at + SAMPLE_RATE)]);
    const heardTo = Math.min(pcm.length, at + SAMPLE_RATE) / SAMPLE_RATE - 0.1;
    await until(() => (heard.of("heard").at(-1)?.to ?? 0) >= heardTo);
    // What was heard becomes a job some turns later.
    await Bun.sleep(20);
    await until(() => engines.status().every(({ running, queued }) => running + queued.partial + queued.final === 0));
  }
}
