/** An ffmpeg that captures from a device: samples come out as they are heard, until it is closed or the device is gone. */
import { VerbatimError } from "../error.ts";
import {
  type CaptureDevice,
  type CaptureSystem,
  captureInput,
  devicesIn,
  listingArguments,
} from "./capture-systems.ts";

/** One channel of 16 kHz floats. Times are counted in samples: some devices stamp theirs with nonsense. */
const OUTPUT = [
  ...["-map", "0:a:0", "-vn", "-af", "asetpts=N/SR/TB,aresample=16000,aformat=channel_layouts=mono"],
  ...["-c:a", "pcm_f32le", "-flush_packets", "1", "-f", "f32le", "pipe:1"],
];

/** What is kept of its complaints, in characters. */
const MOST_COMPLAINTS = 4096;

/** Milliseconds for a list of devices: a sound server that hangs must not hang us. */
const LISTING_PATIENCE = 10_000;

/** What a program needs to run and to find the user's sound server, and no secrets of ours. */
const VARIABLES = [
  ...["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SystemRoot"],
  ...["XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "PULSE_SERVER", "PULSE_COOKIE", "PIPEWIRE_RUNTIME_DIR", "ALSA_CONFIG_PATH"],
];

export class CaptureProcess {
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #complaints: Promise<string>;
  readonly #device: string | undefined;
  #isClosed = false;

  /** Throws what the system says when the program cannot be started. */
  constructor(program: string, system: CaptureSystem, device: string | undefined) {
    this.#device = device;
    const quiet = ["-nostdin", "-hide_banner", "-nostats", "-loglevel", "error"];
    const live = ["-fflags", "nobuffer", "-probesize", "32", "-analyzeduration", "0"];
    this.#child = Bun.spawn([program, ...quiet, ...live, ...captureInput(system, device), ...OUTPUT], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      env: environment(),
    });
    this.#complaints = lastOf(this.#child.stderr);
  }

  /** What is heard, in pieces of any length. Ends when it is closed; throws when the device gives nothing, or no more. */
  async *blocks(): AsyncGenerator<Float32Array> {
    let rest: Uint8Array = new Uint8Array(0);
    let isHeard = false;
    try {
      for await (const chunk of this.#child.stdout) {
        const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
        const whole = bytes.length - (bytes.length % 4);
        rest = bytes.slice(whole);
        if (whole === 0) continue;
        isHeard = true;
        yield new Float32Array(bytes.slice(0, whole).buffer);
      }
    } finally {
      if (!this.#isClosed) await this.#child.exited;
    }
    if (!this.#isClosed) throw captureFailure(await this.#complaints, { device: this.#device, isHeard });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }
}

/** The devices that sound can be captured from, as this ffmpeg sees them. */
export async function listDevices(program: string, system: CaptureSystem): Promise<CaptureDevice[]> {
  const child = Bun.spawn([program, "-hide_banner", "-nostdin", ...listingArguments(system)], {
    stdio: ["ignore", "pipe", "pipe"],
    env: environment(),
    timeout: LISTING_PATIENCE,
    killSignal: "SIGKILL",
  });
  // Which of the two it uses is a matter of the system; that it fails afterwards is, too.
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return devicesIn(system, `${out}\n${err}`);
}

const reasons: readonly [RegExp, string][] = [
  [/Permission denied|not authorized|Operation not permitted/i, "This program is not allowed to use it."],
  [/Device or resource busy/i, "Another program is using it."],
  [/Connection refused|Connection terminated/i, "The sound server does not answer."],
  [/Unknown input format/i, "This ffmpeg was built without support for this system's sound."],
  [
    /No such (file|device|entity)|cannot find card|Unknown PCM|Could not find audio|not found|Input\/output error|external library/i,
    "There is no such device.",
  ],
];

/** Why a device gives nothing, or nothing any more, for the person at the keyboard. */
export function captureFailure(
  complaints: string,
  { device, isHeard }: { device: string | undefined; isHeard: boolean },
): VerbatimError {
  const microphone = device === undefined ? "The microphone" : `The device ${device}`;
  const last = complaints.trim().split("\n").at(-1) ?? "";
  const reason = reasons.find(([pattern]) => pattern.test(complaints))?.[1] ?? (last && `ffmpeg says: ${last}`);
  const none = device === undefined && reason === "There is no such device." ? "There is none here." : reason;
  return new VerbatimError(
    "bad-audio",
    isHeard
      ? `${microphone} has stopped.${reason ? ` ${reason}` : ""}`
      : `${microphone} cannot be opened. ${none || "It gave no sound."}`,
    { cause: new Error(complaints) },
  );
}

/** The end of what a stream says, when it is over. */
async function lastOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const text = new TextDecoder();
  let last = "";
  for await (const chunk of stream) last = (last + text.decode(chunk, { stream: true })).slice(-MOST_COMPLAINTS);
  return last;
}

function environment(): Record<string, string> {
  const set = VARIABLES.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]] as const],
  );
  return { ...Object.fromEntries(set), LC_ALL: "C" };
}
