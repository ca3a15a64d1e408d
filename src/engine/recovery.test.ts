import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { VerbatimError } from "../error.ts";
import { FrameDecoder, frameHeader, MAX_PAYLOAD_BYTES, pcmBytes } from "../ipc/frames.ts";
import { selfCommand } from "../ipc/self.ts";
import { engineArguments } from "./arguments.ts";
import type { Engines } from "./engines.ts";
import {
  isAlive,
  jobFor,
  openTestEngines,
  optionsFor,
  pcmOf,
  sentences,
  testModel,
  until,
  wordsOf,
} from "./testing.ts";
import { answer, ask } from "./wire.ts";

const model = await testModel();
const short = pcmOf("alphanumeric/seven_evmaki_nohash_0.flac");
const words = ["b", "zero"].map((name) => pcmOf(`alphanumeric/${name}_evmaki_nohash_0.flac`));

function pidOf(engines: Engines): number | undefined {
  return engines.status()[0]?.pid;
}

function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "answered",
    (thrown) => (thrown instanceof VerbatimError ? `${thrown.code}: ${thrown.message}` : String(thrown)),
  );
}

describe("an engine that is killed", () => {
  test("at random moments of its work loses no words and doubles none", async () => {
    await using open = openTestEngines();
    const { engines } = open;
    const undisturbed: string[] = [];
    for (const pcm of words) undisturbed.push((await engines.decode(model, jobFor("first", pcm))).text);
    expect(undisturbed.map(wordsOf)).toEqual(["b", "zero"]);
    const round = () =>
      ["ann", "bea"].map(async (client) => {
        const heard: string[] = [];
        for (const pcm of words) heard.push((await engines.decode(model, jobFor(client, pcm))).text);
        return heard;
      });
    const started = performance.now();
    await Promise.all(round());
    const span = performance.now() - started;
    let kills = 0;
    let midDecode = 0;
    for (let n = 0; n < 50; n++) {
      const clients = round();
      await Bun.sleep(Math.random() * 1.2 * span);
      const pid = pidOf(engines);
      if (pid !== undefined && isAlive(pid)) {
        kills++;
        if (engines.status()[0]?.running) midDecode++;
        process.kill(pid, "SIGKILL");
      }
      expect(await Promise.all(clients)).toEqual([undisturbed, undisturbed]);
    }
    await engines.facts(model);
    expect(kills).toBeGreaterThan(40);
    expect(midDecode).toBeGreaterThan(10);
    expect(engines.status()[0]).toMatchObject({ running: 0, queued: { final: 0, partial: 0, file: 0 } });
  }, 600_000);

  test("does the job again before those that waited behind it", async () => {
    await using open = openTestEngines({ workers: 1 });
    const { engines } = open;
    await engines.facts(model);
    const order: number[] = [];
    const jobs = Array.from({ length: 4 }, (_, n) =>
      engines.decode(model, jobFor("ann", short)).then(() => void order.push(n)),
    );
    await until(() => engines.status()[0]?.running === 1);
    process.kill(pidOf(engines) as number, "SIGKILL");
    await Promise.all(jobs);
    expect(order).toEqual([0, 1, 2, 3]);
    expect(engines.status()[0]?.restarts).toBe(1);
  });

  test("while it is idle is there again for the next job", async () => {
    await using open = openTestEngines();
    await open.engines.facts(model);
    const pid = pidOf(open.engines) as number;
    process.kill(pid, "SIGKILL");
    await until(() => pidOf(open.engines) !== undefined && pidOf(open.engines) !== pid);
    const { text } = await open.engines.decode(model, jobFor("ann", short));
    expect(wordsOf(text)).toContain("seven");
    expect(open.engines.status()[0]?.restarts).toBe(1);
    expect(open.metrics.text()).toContain(`stt_engine_restarts_total{model="${model.id}"} 1\n`);
  });

  test("again and again while it loads gives up, and tries again when it is asked again", async () => {
    await using open = openTestEngines({}, { backoff: 1 });
    const job = messageOf(open.engines.decode(model, jobFor("ann", short)));
    const killed = new Set<number>();
    const hunt = setInterval(() => {
      const pid = pidOf(open.engines);
      if (pid === undefined || killed.has(pid)) return;
      killed.add(pid);
      process.kill(pid, "SIGKILL");
    }, 1);
    expect(await job).toMatch(/^engine-failed: Cannot load the model .* the engine died 3 times, signal SIGKILL/);
    clearInterval(hunt);
    expect(killed.size).toBe(3);
    expect(await messageOf(open.engines.decode(model, jobFor("ann", short)))).toBe("answered");
  });
});

describe("a job under which the engine dies", () => {
  test("of a fault, twice, is refused, and those beside it are answered", async () => {
    await using open = openTestEngines({ workers: 2 });
    const { engines } = open;
    await engines.facts(model);
    const poison = new Float32Array(16_000 * 29);
    poison.set(short);
    const poisoned = messageOf(
      engines.decode(model, jobFor("ann", poison, { options: { language: "en", beamSize: 8, times: "words" } })),
    );
    const beside = Array.from({ length: 3 }, () => engines.decode(model, jobFor("bea", pcmOf(sentences[2] as string))));
    let pid: number | undefined;
    for (let fault = 0; fault < 2; fault++) {
      // Both times the poison runs: it came first, and after the first fault it runs alone.
      await until(() => pidOf(engines) !== pid && (engines.status()[0]?.running ?? 0) > 0);
      pid = pidOf(engines);
      process.kill(pid as number, "SIGSEGV");
    }
    expect(await poisoned).toMatch(
      /^engine-failed: The engine died repeatedly on this audio, signal SIGSEGV: panic.*Segmentation fault/,
    );
    for (const { text } of await Promise.all(beside))
      expect(wordsOf(text)).toBe("you don't mean that you thought me so silly");
    expect(wordsOf((await engines.decode(model, jobFor("bea", short))).text)).toContain("seven");
  });
});

describe("a wedged engine", () => {
  test("is not asked how it is while it loads, which may take long", async () => {
    await using open = openTestEngines({}, { healthInterval: 5, healthMisses: 4 });
    expect(await open.engines.facts(model)).toMatchObject({ type: "base.en" });
  });

  test("that answers no health question is started again", async () => {
    await using open = openTestEngines({}, { healthInterval: 50, healthMisses: 20 });
    await open.engines.facts(model);
    const pid = pidOf(open.engines) as number;
    process.kill(pid, "SIGSTOP");
    const { text } = await open.engines.decode(model, jobFor("ann", short));
    expect(wordsOf(text)).toContain("seven");
    expect(isAlive(pid)).toBe(false);
    expect(open.engines.status()[0]?.restarts).toBe(1);
  });

  test("whose job never ends is started again, and the job is tried once more, then refused", async () => {
    await using open = openTestEngines({}, { healthInterval: 10, healthMisses: 10_000, firstJob: 30 });
    const answer = await messageOf(
      open.engines.decode(model, jobFor("ann", pcmOf("containers_jfk/jfk.wav"), { options: { beamSize: 8 } })),
    );
    expect(answer).toMatch(/^engine-failed: The engine died repeatedly on this audio, a job took more than 0 s/);
    expect(open.engines.status()[0]?.restarts).toBe(2);
  });
});

describe("an engine that cannot start says why", () => {
  test("when the model is no model", async () => {
    await using open = openTestEngines();
    const path = join(import.meta.dir, "recovery.test.ts");
    const none = { id: "none", path, size: 1000, multilingual: false };
    const answers = await Promise.all([
      messageOf(open.engines.decode(none, jobFor("ann", short))),
      messageOf(open.engines.facts(none)),
    ]);
    for (const answer of answers) {
      expect(answer).toStartWith(`engine-failed: Cannot load the model none (${path}): `);
      expect(answer).not.toContain("\n");
    }
    const [status] = open.engines.status();
    expect(status).toMatchObject({ state: "stopped", restarts: 0 });
    expect(status?.pid).toBeUndefined();
    // Another model's jobs do not suffer for it.
    expect(await messageOf(open.engines.decode(model, jobFor("ann", short)))).toBe("answered");
  });

  test("when the file is cut off", async () => {
    await using open = openTestEngines();
    const path = join(process.env.TMPDIR ?? "/tmp", `verbatim-cut-${process.pid}.bin`);
    await Bun.write(path, await Bun.file(model.path).slice(0, 5_000_000).bytes());
    try {
      const cut = { id: "cut", path, size: 5_000_000, multilingual: false };
      expect(await messageOf(open.engines.facts(cut))).toStartWith(
        `engine-failed: Cannot load the model cut (${path}): `,
      );
    } finally {
      await Bun.file(path).delete();
    }
  });

  test("when there is no such file", async () => {
    await using open = openTestEngines();
    const gone = { id: "gone", path: "/nowhere/model.bin", size: 1, multilingual: false };
    expect(await messageOf(open.engines.facts(gone))).toMatch(/^engine-failed: .*\/nowhere\/model\.bin/);
  });

  test("when the library is missing", async () => {
    const before = process.env.VERBATIM_NATIVE_DIR;
    process.env.VERBATIM_NATIVE_DIR = import.meta.dir;
    try {
      await using open = openTestEngines();
      expect(await messageOf(open.engines.facts(model))).toContain(`The native library is missing: ${import.meta.dir}`);
    } finally {
      if (before === undefined) delete process.env.VERBATIM_NATIVE_DIR;
      else process.env.VERBATIM_NATIVE_DIR = before;
    }
  });

  test("when it has not the backend that is wanted", async () => {
    await using open = openTestEngines({ backend: "cuda" });
    const answer = await messageOf(open.engines.facts(model));
    if (answer !== "answered") expect(answer).toContain("no backend cuda");
  });
});

describe("an engine process", () => {
  const command = selfCommand(["engine", ...engineArguments({ model: model.path, workers: 1, backend: "auto" })]);

  async function exitAfter(bytes: Uint8Array): Promise<{ code: number; stderr: string }> {
    const child = Bun.spawn(command, { stdin: "pipe", stdout: "ignore", stderr: "pipe" });
    child.stdin.write(bytes);
    await child.stdin.flush();
    const stderr = await child.stderr.text();
    return { code: await child.exited, stderr };
  }

  test("ends with a reason when what it is told makes no sense", async () => {
    const tooLong = frameHeader(ask.pcm, 1, 0);
    new DataView(tooLong.buffer).setUint32(0, MAX_PAYLOAD_BYTES + 1, true);
    const noPcm = new TextEncoder().encode('{"threads":1,"options":{}}');
    for (const [bytes, reason] of [
      [new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), "unknown type"],
      [tooLong, "claims"],
      [Buffer.concat([frameHeader(ask.pcm, 1, 3), new Uint8Array(3)]), "no whole number of samples"],
      [Buffer.concat([frameHeader(ask.decode, 1, 1), new Uint8Array([0x7b])]), "no valid JSON"],
      [Buffer.concat([frameHeader(ask.decode, 1, noPcm.length), noPcm]), "without its PCM"],
    ] as const) {
      const { code, stderr } = await exitAfter(bytes);
      expect(code).toBe(2);
      expect(stderr).toContain(reason);
    }
  });

  test("does what it is told before its model is there", async () => {
    const child = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "ignore" });
    const request = new TextEncoder().encode(JSON.stringify({ threads: 1, options: optionsFor(short) }));
    for (const job of [1, 2, 3]) {
      for (const part of [frameHeader(ask.pcm, job, short.byteLength), pcmBytes(short)]) child.stdin.write(part);
      for (const part of [frameHeader(ask.decode, job, request.length), request]) child.stdin.write(part);
    }
    child.stdin.write(frameHeader(ask.cancel, 3, 0));
    await child.stdin.flush();
    const frames = new FrameDecoder(Object.values(answer));
    const heard = new Map<number, number>();
    for await (const chunk of child.stdout) {
      for (const { type, job } of frames.push(chunk)) heard.set(job, type);
      if (heard.size === 4) child.stdin.end();
    }
    expect([0, 1, 2, 3].map((job) => heard.get(job))).toEqual([
      answer.ready,
      answer.result,
      answer.result,
      answer.failed,
    ]);
    expect(await child.exited).toBe(0);
  });

  test("ends with its stdin, and not with a terminal's or a service manager's signals", async () => {
    const child = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "ignore" });
    const heard = child.stdout.getReader();
    await heard.read();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) child.kill(signal);
    child.stdin.write(frameHeader(ask.ping, 0, 0));
    await child.stdin.flush();
    expect((await heard.read()).done).toBe(false);
    child.stdin.end();
    expect(await child.exited).toBe(0);
    expect(child.signalCode).toBeNull();
  });

  test("does not outlive a server that was killed, idle or in the middle of a decode", async () => {
    const server = `
      import { openTestEngines, pcmOf, jobFor } from ${JSON.stringify(join(import.meta.dir, "testing.ts"))};
      const { engines } = openTestEngines();
      const models = ${JSON.stringify([model, { ...model, id: "second" }])};
      for (const model of models) await engines.facts(model);
      if (process.argv[1] === "busy") {
        const job = jobFor("ann", pcmOf("containers_jfk/jfk.wav"), { options: { language: "en", beamSize: 8, times: "words" } });
        for (const model of models) void engines.decode(model, job);
        while (engines.status().some(({ running }) => running === 0)) await Bun.sleep(1);
      }
      console.log(JSON.stringify(engines.status().map(({ pid }) => pid)));
      await new Promise(() => {});
    `;
    for (const how of ["idle", "busy"]) {
      const child = Bun.spawn([process.execPath, "--eval", server, how], { stdout: "pipe", stderr: "inherit" });
      const { value } = await child.stdout.getReader().read();
      const pids: number[] = JSON.parse(new TextDecoder().decode(value));
      expect(pids.map(isAlive)).toEqual([true, true]);
      child.kill("SIGKILL");
      await until(() => !pids.some(isAlive));
    }
  });
});
