/** The sound systems that ffmpeg captures from: which one a machine has, how its devices are named, and how they are listed. */
import { existsSync } from "node:fs";
import { join } from "node:path";

/** ffmpeg's names of its input devices. */
export type CaptureSystem = "pulse" | "alsa" | "avfoundation" | "dshow";

/** A device of this machine, as `device` of a capture takes it. */
export interface CaptureDevice {
  system: CaptureSystem;
  name: string;
  /** For people. */
  title: string;
  isDefault: boolean;
}

/** The system that is captured from. On Linux a running sound server comes before the bare devices, which it may hold. */
export function captureSystem(
  platform: NodeJS.Platform = process.platform,
  environment: Record<string, string | undefined> = process.env,
): CaptureSystem {
  if (platform === "darwin") return "avfoundation";
  if (platform === "win32") return "dshow";
  // PipeWire answers at PulseAudio's address too.
  const { PULSE_SERVER, XDG_RUNTIME_DIR } = environment;
  if (PULSE_SERVER) return "pulse";
  return XDG_RUNTIME_DIR && existsSync(join(XDG_RUNTIME_DIR, "pulse/native")) ? "pulse" : "alsa";
}

/** What ffmpeg is told to capture from a device; the system's default unless one is named. */
export function captureInput(system: CaptureSystem, device: string | undefined): string[] {
  switch (system) {
    case "pulse":
      // Pieces of 20 ms (16-bit stereo at 48 kHz, its default): the server's own may last seconds.
      return ["-f", "pulse", "-fragment_size", "3840", "-i", device ?? "default"];
    case "alsa":
      // 48 kHz in stereo, which `default` and `plughw:…` make of anything; a bare `hw:…` may refuse it.
      return ["-f", "alsa", "-i", device ?? "default"];
    case "avfoundation":
      // The name before the colon would be a camera.
      return ["-f", "avfoundation", "-i", `:${device ?? "default"}`];
    case "dshow":
      return ["-f", "dshow", "-audio_buffer_size", "20", "-i", `audio=${device ?? ""}`];
  }
}

/** What ffmpeg is told to list the devices of a system. */
export function listingArguments(system: CaptureSystem): string[] {
  switch (system) {
    case "pulse":
    case "alsa":
      return ["-sources", system];
    case "avfoundation":
      return ["-f", "avfoundation", "-list_devices", "true", "-i", ""];
    case "dshow":
      return ["-list_devices", "true", "-f", "dshow", "-i", "dummy"];
  }
}

/** The devices in what ffmpeg prints when it is told to list them. */
export function devicesIn(system: CaptureSystem, printed: string): CaptureDevice[] {
  const lines = printed.split(/\r?\n/);
  switch (system) {
    case "pulse":
    case "alsa":
      return lines.flatMap((line) => sourceIn(line, system));
    case "avfoundation":
      return numbered(lines);
    case "dshow":
      return quoted(lines);
  }
}

/** `* alsa_input.usb-0d8c [USB microphone] (audio)`; older versions leave the bracket at the end out. The star marks the default. */
function sourceIn(line: string, system: CaptureSystem): CaptureDevice[] {
  const [, star, name, title] = /^([* ]) (\S+) \[(.*)\](?: \([^)]*\))?\s*$/.exec(line) ?? [];
  // The monitor of an output hears what is played.
  return name && title !== undefined ? [{ system, name, title, isDefault: star === "*" }] : [];
}

/** `[AVFoundation indev @ 0x7f8] [0] Built-in Microphone`, after a line that says that these are for audio; a number is a name too. */
function numbered(lines: readonly string[]): CaptureDevice[] {
  const start = lines.findIndex((line) => /AVFoundation audio devices:/.test(line));
  if (start < 0) return [];
  return lines.slice(start + 1).flatMap((line) => {
    const [, name, title] = /^\[AVFoundation [^\]]*\] \[(\d+)\] (.+)$/.exec(line) ?? [];
    return name && title ? [{ system: "avfoundation" as const, name, title, isDefault: false }] : [];
  });
}

/** `[dshow @ 000001] "Microphone (USB)" (audio)`; versions before 5 have a line above them that says that these are for audio. */
function quoted(lines: readonly string[]): CaptureDevice[] {
  const devices: CaptureDevice[] = [];
  let isAudio = false;
  for (const line of lines) {
    if (/DirectShow (audio|video) devices/.test(line)) isAudio = line.includes("DirectShow audio");
    const [, name, kind] = /^\[[^\]]*\]\s+"([^"]+)"(?: \((.*)\))?\s*$/.exec(line) ?? [];
    if (!name || !(kind === undefined ? isAudio : kind.includes("audio"))) continue;
    devices.push({ system: "dshow", name, title: name, isDefault: devices.length === 0 });
  }
  return devices;
}
