/** How many cores this process may compute on. Two hyper-threads of one core share the units that ggml keeps busy, so they count as one. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Distinct cores in the text of /proc/cpuinfo; 0 when it does not say (ARM). */
export function coresIn(cpuinfo: string): number {
  const cores = new Set<string>();
  for (const block of cpuinfo.split("\n\n")) {
    const socket = /^physical id\s*:\s*(\d+)/m.exec(block)?.[1];
    const core = /^core id\s*:\s*(\d+)/m.exec(block)?.[1];
    if (socket !== undefined && core !== undefined) cores.add(`${socket}/${core}`);
  }
  return cores.size;
}

/** CPUs' worth of time that a control group allows, by the text of its cpu.max (`quota period`, or `max`). */
export function quotaIn(cpuMax: string): number {
  const [quota, period] = cpuMax.trim().split(/\s+/).map(Number);
  return quota && period ? Math.max(1, Math.floor(quota / period)) : Number.POSITIVE_INFINITY;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function sysctl(name: string): number {
  const { stdout } = Bun.spawnSync(["/usr/sbin/sysctl", "-n", name], { stderr: "ignore" });
  return Number(stdout.toString()) || 0;
}

function physical(): number {
  switch (process.platform) {
    case "linux":
      return coresIn(textOf("/proc/cpuinfo"));
    case "darwin":
      // Efficiency cores would hold the others up at every barrier.
      return sysctl("hw.perflevel0.physicalcpu") || sysctl("hw.physicalcpu");
    default:
      return 0;
  }
}

/** Cores to compute on, at least one: physical ones, within what affinity and a container's quota allow. */
export function computeCores(): number {
  const allowed = availableParallelism();
  const quota = process.platform === "linux" ? quotaIn(textOf("/sys/fs/cgroup/cpu.max")) : Number.POSITIVE_INFINITY;
  return Math.max(1, Math.min(physical() || allowed, allowed, quota));
}
