/** What is measured, and how: systems that answer requests for text, and clients that send them. */

/** `text`: no times at all, the fastest. `words`: every word with its times. */
export type Mode = "text" | "words";

export interface Sound {
  name: string;
  /** A WAV file on disk and its bytes: some systems take the one, some the other. */
  file: string;
  bytes: Uint8Array<ArrayBuffer>;
  seconds: number;
  reference: string;
}

export interface TimedWord {
  text: string;
  from: number;
  to: number;
}

export interface Reply {
  text: string;
  /** In mode `words`. */
  words: TimedWord[];
}

/** What a system may know beforehand, and set itself up for. */
export interface Load {
  mode: Mode;
  clients: number;
  long: boolean;
}

export interface Running {
  transcribe(sound: Sound): Promise<Reply>;
  /** What the system says of itself after a run. */
  remarks?(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

export interface System {
  name: string;
  start(load: Load): Promise<Running>;
}

export interface Run {
  system: string;
  load: Load;
  /** Seconds of audio per second. */
  speed: number;
  /** Seconds, median and 95th percentile. */
  latency: number;
  latency95: number;
  /** In the order of the sounds. */
  replies: Reply[];
  remarks: Record<string, number>;
}

/** Sends all sounds from so many clients, each as soon as its last is answered; one request before that does not count. */
export async function measure(system: System, sounds: readonly Sound[], load: Load): Promise<Run> {
  const running = await system.start(load);
  try {
    await running.transcribe(sounds.reduce((shortest, one) => (one.seconds < shortest.seconds ? one : shortest)));
    const replies: Reply[] = new Array(sounds.length);
    const latencies: number[] = [];
    let next = 0;
    const client = async () => {
      for (let i = next++; i < sounds.length; i = next++) {
        const start = performance.now();
        replies[i] = await running.transcribe(sounds[i] as Sound);
        latencies.push((performance.now() - start) / 1000);
      }
    };
    const start = performance.now();
    await Promise.all(Array.from({ length: load.clients }, client));
    const wall = (performance.now() - start) / 1000;
    latencies.sort((a, b) => a - b);
    const quantile = (share: number) =>
      latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] as number;
    return {
      system: system.name,
      load,
      speed: sounds.reduce((sum, { seconds }) => sum + seconds, 0) / wall,
      latency: quantile(0.5),
      latency95: quantile(0.95),
      replies,
      remarks: (await running.remarks?.()) ?? {},
    };
  } finally {
    await running.stop();
  }
}

/** A port that nobody listens on at the moment. */
export function freePort(): number {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { port } = server;
  server.stop(true);
  if (port === undefined) throw new Error("No port is free");
  return port;
}

export interface Child {
  pid: number;
  stop(): Promise<void>;
}

/** What must not outlive the bench. */
const children = new Set<Bun.Subprocess>();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => {
    for (const child of children) child.kill("SIGKILL");
    process.exit(1);
  });

/** Starts a server and waits until it answers at `url`. Its output goes to `log`. */
export async function startServer(
  command: string[],
  url: string,
  log: string,
  options: { env?: Record<string, string>; cwd?: string; seconds?: number } = {},
): Promise<Child> {
  const child = Bun.spawn(command, {
    cwd: options.cwd ?? process.cwd(),
    env: { ...process.env, ...options.env },
    stdio: ["ignore", Bun.file(log), Bun.file(log)],
  });
  children.add(child);
  const stop = async () => {
    child.kill();
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await child.exited;
    clearTimeout(late);
    children.delete(child);
  };
  const deadline = Date.now() + 1000 * (options.seconds ?? 60);
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return { pid: child.pid, stop };
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      const end = (await Bun.file(log).text()).split("\n").slice(-15).join("\n");
      throw new Error(`${command[0]} did not come up:\n${end}`);
    }
    await Bun.sleep(100);
  }
}

/** Sends a form and reads JSON; anything but success throws with the answer's text. */
export async function postForm(url: string, fields: Record<string, string>, sound: Sound): Promise<unknown> {
  const form = new FormData();
  form.set("file", new File([sound.bytes], `${sound.name}.wav`, { type: "audio/wav" }));
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const answer = await fetch(url, { method: "POST", body: form, timeout: false } as RequestInit);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
  return await answer.json();
}
