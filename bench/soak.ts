/**
 * A server that is used for an hour: so many streams of speech and of room noise, in real time, through the sockets of a `verbatim serve` of
 * its own, with disturbances.
 *
 *   bun bench/soak.ts --minutes 60 [options]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cpuSeconds, memoryBytes } from "./live-usage.ts";
import { machine } from "./machine.ts";
import { childrenOf, isEngine } from "./processes.ts";
import { randomNumbers } from "./random.ts";
import { percent, quantile, table } from "./report.ts";
import { addTally, Client, endlessNoise, endlessSpeech, newTally, soakClips, type Tally } from "./soak-streams.ts";
import { freePort, startServer } from "./system.ts";

const usage = `bun bench/soak.ts [options]

  --minutes N     how long (default 60)
  --streams N     streams that speak: clips with 1.5 s between them, all in random order (default 6)
  --noise N       streams of room noise (default 20)
  --kill N        kill -9 of an engine every N minutes, more or less (default: never)
  --leave N       every client that speaks goes away every N minutes, more or less, half of them without a word, and comes back
                  some seconds later (default: never)
  --seed N        for other random numbers (default 1)
  --binary FILE   an executable in place of the checkout
  --model MODEL   an installed model's id, or a path
  --json FILE     also write everything as JSON

Prints a line each minute and a table of quarters at the end; ends with 1 when an utterance was lost, a word was doubled, or a stream broke.`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    streams: { type: "string", default: "6" },
    noise: { type: "string", default: "20" },
    kill: { type: "string" },
    leave: { type: "string" },
    seed: { type: "string", default: "1" },
    binary: { type: "string" },
    model: { type: "string" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const MINUTE = 60_000;
/** Milliseconds between two looks at the clock: frames of 20 ms are late by no more. */
const TICK = 5;
const QUARTERS = 4;

/** Something that happens again and again, at random: between half and one and a half times so many minutes apart. */
function nowAndThen(minutes: string | undefined, random: () => number): (now: number) => boolean {
  if (minutes === undefined) return () => false;
  const wait = () => Number(minutes) * MINUTE * (0.5 + random());
  let next = performance.now() + wait();
  return (now) => {
    if (now < next) return false;
    next = now + wait();
    return true;
  };
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
const whole = (value: number) => (Number.isFinite(value) ? value.toFixed(0) : "–");
const wer = ({ errors, words }: Tally) => (words === 0 ? "–" : percent(errors / words, 2));

const minutes = Number(values.minutes);
const random = randomNumbers(Number(values.seed));
const root = join(import.meta.dir, "..");
const scratch = mkdtempSync(join(tmpdir(), "verbatim-soak-"));
const url = `http://127.0.0.1:${freePort()}`;
const command = values.binary ? [values.binary] : [process.execPath, join(root, "src/main.ts")];
const model = values.model ? ["--model", values.model] : [];
const server = await startServer(
  [...command, "serve", "--port", new URL(url).port, ...model],
  `${url}/ready`,
  join(scratch, "server.log"),
  { seconds: 300 },
);

/** Bytes and CPU seconds of the server and of its engines. */
function look() {
  const engines = childrenOf(server.pid).filter(isEngine);
  return {
    server: memoryBytes(server.pid),
    engines: engines.reduce((sum, pid) => sum + memoryBytes(pid), 0),
    cpu: cpuSeconds(server.pid) + engines.reduce((sum, pid) => sum + cpuSeconds(pid), 0),
  };
}

const here = machine("native");
console.log(
  `${here.cpu}, ${here.cores} cores; ${values.streams} streams of speech, ${values.noise} of noise, ${minutes} minutes; ` +
    `server ${server.pid}, its log ${join(scratch, "server.log")}`,
);
const quarters = Array.from({ length: QUARTERS }, newTally);
const everyMinute: object[] = [];
let minute = newTally();
const clips = soakClips();
const noise = endlessNoise();
const clients = [
  ...Array.from({ length: Number(values.streams) }, (_, i) => {
    const sound = endlessSpeech(clips, randomNumbers(1000 * Number(values.seed) + i));
    return new Client(url, `speaker ${i}`, sound, true, minute);
  }),
  ...Array.from({ length: Number(values.noise) }, (_, i) => new Client(url, `room ${i}`, noise(97 * i), false, minute)),
];
const speakers = clients.slice(0, Number(values.streams));
const isTimeToKill = nowAndThen(values.kill, random);
const departures = speakers.map((client) => ({ client, isTime: nowAndThen(values.leave, random) }));
let kills = 0;

const began = performance.now();
/** Where a minute's figures go. */
const quarterAt = (now: number) =>
  quarters[Math.min(QUARTERS - 1, Math.floor((QUARTERS * (now - began - MINUTE / 2)) / (minutes * MINUTE)))] as Tally;

function report(now: number): void {
  const { server: own, engines, cpu } = look();
  const time = ((now - began) / MINUTE).toFixed(0).padStart(4);
  const { clips: judged, words, lost, doubled, overlaps, interrupted, invented, broken, latencies } = minute;
  const line = {
    ...{ minute: Number(time), server: own, engines, cpu, clips: judged, words, wer: minute.errors / words },
    ...{ lost, doubled, overlaps, interrupted, invented, broken, partials: minute.partials, kills },
    ...{ latency: quantile(latencies, 0.5), latency95: quantile(latencies, 0.95) },
  };
  everyMinute.push(line);
  console.log(
    `${time} min: server ${megabytes(own)} MB, engines ${megabytes(engines)} MB, cpu ${cpu.toFixed(0)} s | ${judged} clips, ${words} words, ` +
      `WER ${wer(minute)}, lost ${lost}, doubled ${doubled}, overlapping ${overlaps}, interrupted ${interrupted} | partials ${minute.partials}, ` +
      `last word to final ${whole(line.latency)} / ${whole(line.latency95)} ms | words in noise ${invented}, broken ${broken}, kills ${kills}`,
  );
  for (const remark of minute.remarks) console.log(`       ${remark}`);
  addTally(quarterAt(now), minute);
  minute = newTally();
  for (const client of clients) client.tally = minute;
}

try {
  for (let nextMinute = began + MINUTE; ; ) {
    const now = performance.now();
    // All begin within five seconds.
    const awake = Math.ceil((clients.length * (now - began)) / 5000);
    for (const client of clients.slice(0, awake)) client.speak(now);
    for (const { client, isTime } of departures) if (isTime(now)) client.leave(random() < 0.5, 1000 + 4000 * random());
    const [engine] = isTimeToKill(now) ? childrenOf(server.pid).filter(isEngine) : [];
    if (engine !== undefined) {
      process.kill(engine, "SIGKILL");
      minute.remarks.push(`killed engine ${engine} at ${((now - began) / 1000).toFixed(1)} s`);
      kills++;
    }
    if (now >= nextMinute) {
      report(now);
      nextMinute += MINUTE;
    }
    if (now - began >= minutes * MINUTE) break;
    await Bun.sleep(TICK);
  }
  await Promise.all(clients.map((client) => client.end()));
  addTally(quarterAt(performance.now()), minute);
  for (const remark of minute.remarks) console.log(`       ${remark}`);
  // What was in use is given back some seconds later.
  await Bun.sleep(10_000);
  const after = look();
  tell(after);
} finally {
  await server.stop();
  // The log is for whoever looks why.
  if (process.exitCode === 0) rmSync(scratch, { recursive: true, force: true });
}

function tell(after: ReturnType<typeof look>): void {
  table(
    [
      "quarter",
      "clips",
      "words",
      "WER",
      "lost",
      "doubled",
      "overlapping",
      "interrupted",
      "last word to final",
      "words in noise",
      "broken",
    ],
    quarters.map((one, i) => [
      ...[`${i + 1}`, `${one.clips}`, `${one.words}`, wer(one), `${one.lost}`, `${one.doubled}`, `${one.overlaps}`],
      `${one.interrupted}`,
      `${whole(quantile(one.latencies, 0.5))} / ${whole(quantile(one.latencies, 0.95))} ms`,
      ...[`${one.invented}`, `${one.broken}`],
    ]),
  );
  console.log(
    `\nWhen all had gone: server ${megabytes(after.server)} MB, engines ${megabytes(after.engines)} MB; ${kills} engines killed.`,
  );
  const sum = (name: "lost" | "doubled" | "overlaps" | "broken") =>
    quarters.reduce((total, one) => total + one[name], 0);
  if (values.json)
    writeFileSync(
      values.json,
      `${JSON.stringify({ machine: here, minutes: everyMinute, quarters, after }, null, 1)}\n`,
    );
  process.exitCode = sum("lost") + sum("doubled") + sum("overlaps") + sum("broken") > 0 ? 1 : 0;
}
