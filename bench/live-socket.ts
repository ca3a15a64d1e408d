/**
 * What a socket adds to a session: the same samples, at the pace at which they were spoken, by turns into a session of this process and
 * through Deepgram's WebSocket into a server, and how much later each final comes there.
 *
 *   bun bench/live-socket.ts [options]
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { SessionEvent } from "../src/recognizer/live/events.ts";
import { RATE } from "./clips.ts";
import { type Bench, openLiveBench } from "./live-load.ts";
import { streamsOfSpeech } from "./live-speech.ts";
import { machine } from "./machine.ts";
import { median, quantile, table } from "./report.ts";
import { freePort, startServer } from "./system.ts";

const usage = `bun bench/live-socket.ts [options]

  --seconds N        length of the speech (default 60)
  --rounds N         how often it is said to each (default 2)
  --endpointing MS   silence that ends an utterance (default 300)`;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    rounds: { type: "string", default: "2" },
    endpointing: { type: "string", default: "300" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const endpointing = Number(values.endpointing);
/** Bytes of 20 ms. */
const FRAME = (2 * RATE) / 50;
/** Milliseconds that a socket may add in the median. */
const LIMIT = 20;

/** A final with words: where its window ends (seconds of audio), and when it came (milliseconds after the first sample was spoken). */
interface Final {
  to: number;
  at: number;
}

/** Gives away each frame when its last sample would have been spoken, by an absolute clock. */
async function pace(samples: Uint8Array, push: (frame: Uint8Array) => void): Promise<void> {
  const began = performance.now();
  for (let at = 0; at < samples.length; at += FRAME) {
    const wait = began + 20 * (at / FRAME + 1) - performance.now();
    if (wait > 0) await Bun.sleep(wait);
    push(samples.slice(at, at + FRAME));
  }
}

/** Finals of a session that is opened as the dialect opens it; `ends`: where the VAD heard the last speech before each. */
async function throughSession({ recognizer, model }: Bench, samples: Uint8Array) {
  const session = recognizer.openSession({
    model,
    task: "transcribe",
    client: "bench",
    raw: { encoding: "linear16", rate: RATE, channels: 1 },
    endpointing,
    maxUtterance: 10,
    heardEvery: 100,
  });
  const finals: (Final & { spokenTo: number })[] = [];
  const ends = new Map<number, number>();
  const began = performance.now();
  const hear = (event: SessionEvent) => {
    if (event.type === "speech-ended") ends.set(event.utterance, event.spokenTo);
    if (event.type !== "final" || event.reason !== "endpoint" || event.words.length === 0) return;
    const spokenTo = ends.get(event.utterance) ?? event.to;
    finals.push({ to: event.to, at: performance.now() - began, spokenTo });
  };
  const reading = (async () => {
    for await (const event of session.events) hear(event);
  })();
  await pace(samples, (frame) => session.pushRaw(frame));
  await session.close();
  await reading;
  return finals;
}

async function throughSocket(url: string, samples: Uint8Array): Promise<Final[]> {
  const query = `encoding=linear16&sample_rate=${RATE}&interim_results=true&endpointing=${endpointing}`;
  const socket = new WebSocket(`${url}/v1/listen?${query}`);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error("The server took no socket."));
  });
  const finals: Final[] = [];
  const began = performance.now();
  socket.onmessage = ({ data }) => {
    const at = performance.now() - began;
    const { type, is_final, channel, start, duration } = JSON.parse(data as string);
    if (type === "Results" && is_final && channel.alternatives[0].transcript) finals.push({ to: start + duration, at });
  };
  const closed = new Promise((resolve) => {
    socket.onclose = resolve;
  });
  await pace(samples, (frame) => socket.send(frame as Uint8Array<ArrayBuffer>));
  socket.send(JSON.stringify({ type: "CloseStream" }));
  await closed;
  return finals;
}

function samplesOf(pcm: Float32Array): Uint8Array {
  const whole = Int16Array.from(pcm, (sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))));
  return new Uint8Array(whole.buffer);
}

const bench = await openLiveBench(undefined);
const port = freePort();
const server = await startServer(
  [process.execPath, join(import.meta.dir, "../src/main.ts"), "serve", "--port", String(port)],
  `http://127.0.0.1:${port}/ready`,
  join(tmpdir(), "verbatim-live-socket.log"),
  { seconds: 300 },
);
const here = machine("native");
console.log(`${here.cpu}, ${here.cores} cores, ${here.class}; ${bench.model.id}; endpointing ${endpointing} ms`);
try {
  const [speech] = streamsOfSpeech(1, { seconds: Number(values.seconds), gap: 1.5, gapNoise: -65 });
  const samples = samplesOf(speech?.pcm ?? new Float32Array());
  const url = `ws://127.0.0.1:${port}`;
  // The first decode of a process is slower.
  await Promise.all([
    throughSession(bench, samples.slice(0, 8 * 32_000)),
    throughSocket(url, samples.slice(0, 8 * 32_000)),
  ]);
  const pairs: { session: number; socket: number }[] = [];
  let finals = 0;
  for (let round = 0; round < Number(values.rounds); round++) {
    const told = await throughSession(bench, samples);
    const heard = await throughSocket(url, samples);
    finals += told.length;
    for (const { to, at, spokenTo } of told) {
      const same = heard.find((one) => Math.abs(one.to - to) < 0.02);
      const since = 1000 * spokenTo + endpointing;
      if (same) pairs.push({ session: at - since, socket: same.at - since });
    }
  }
  const later = pairs.map(({ session, socket }) => socket - session);
  const shown = (all: number[]) => `${median(all).toFixed(1)} / ${quantile(all, 0.95).toFixed(1)}`;
  console.log(
    "\nMilliseconds beyond the endpointing, from the last frame in which the VAD heard speech (median / 95 %):",
  );
  table(
    ["finals", "of them in both", "session", "socket", "later through the socket"],
    [
      [
        `${finals}`,
        `${pairs.length}`,
        shown(pairs.map(({ session }) => session)),
        shown(pairs.map(({ socket }) => socket)),
        shown(later),
      ],
    ],
  );
  const verdict = median(later) <= LIMIT ? "within" : "beyond";
  console.log(`\nThe median is ${verdict} the ${LIMIT} ms that a socket may add.`);
} finally {
  await server.stop();
  await bench.close();
}
