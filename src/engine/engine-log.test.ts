import { expect, test } from "bun:test";
import { openLog } from "../log/log.ts";
import { EngineLog } from "./engine-log.ts";

function streamOf(text: string, chunkSize: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += chunkSize) controller.enqueue(bytes.slice(at, at + chunkSize));
      controller.close();
    },
  });
}

test.each([1, 7, 4096])(
  "log lines are passed on with their level and fields, in chunks of %i bytes",
  async (chunkSize) => {
    const lines: Record<string, unknown>[] = [];
    const log = openLog({ level: "debug", format: "json", write: (line) => void lines.push(JSON.parse(line)) });
    const engineLog = new EngineLog(log.child({ model: "base.en" }));
    const written: string[] = [];
    const own = openLog({ level: "debug", format: "json", write: (line) => void written.push(line) });
    own.info("Größe geladen", { megabytes: 142 });
    const panic = "GGML_ASSERT(n_past >= 0) failed";
    await engineLog.read(streamOf(`${written.join("")}\n{"level":"odd"}\n${panic}`, chunkSize));
    expect(
      lines.map(({ level, message, model, megabytes, line }) => ({ level, message, model, megabytes, line })),
    ).toEqual([
      { level: "info", message: "Größe geladen", model: "base.en", megabytes: 142, line: undefined },
      {
        level: "debug",
        message: "The engine process says",
        model: "base.en",
        megabytes: undefined,
        line: '{"level":"odd"}',
      },
      { level: "warn", message: "The engine process says", model: "base.en", megabytes: undefined, line: panic },
    ]);
    expect(engineLog.lastWords).toBe(panic);
  },
);
