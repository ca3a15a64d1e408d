/** `/system`: what the server is, its profiles, and the microphone. */
import { availableParallelism, hostname, platform, release } from "node:os";
import { version } from "../../../package.json" with { type: "json" };
import { VerbatimError } from "../../error.ts";
import { callOf } from "../call.ts";
import { done } from "./answers.ts";
import { missingField } from "./errors.ts";
import { optionalField, readBody, refuseUnknown, requiredField } from "./json-body.ts";
import { merged } from "./profiles/merge.ts";
import { asOriginal, DEFAULT_PROFILE, predefined } from "./profiles/predefined.ts";
import { checkProfile, type Profile } from "./profiles/profile.ts";
import type { StartOptions } from "./system.ts";
import type { World } from "./world.ts";

/** Which description a path follows: the page's or the original server's. */
export type Manner = "page" | "original";

const manners: Record<Manner, StartOptions> = {
  page: { again: "refuse", lacking: "refuse" },
  original: { again: "restart", lacking: "pass" },
};

/** `GET /system/status` */
export function systemStatus({ system, audience, startedAt }: World): object {
  const { active_features, running, state, profile } = system.status;
  return {
    status: "online",
    version,
    uptime: Math.round(performance.now() - startedAt) / 1000,
    active_features,
    active_connections: audience.size,
    running,
    state,
    profile,
    config: system.config,
  };
}

/** `GET /system/info` */
export function systemInfo(): object {
  return {
    platform: `${platform()} ${release()}`,
    // There is none; clients of the original show it as text.
    python_version: "none",
    hostname: hostname(),
    cpu_count: availableParallelism(),
    version,
    features: ["transcription", "voice_activity_detection", "wake_word_detection", "audio_capture"],
  };
}

/** `POST /system/start` */
export async function startSystem(request: Request, world: World, manner: Manner): Promise<object> {
  const { services } = world;
  const body = await readBody(request, services);
  const name = optionalField(body, "profile", "string") ?? services.settings.realtimeMlx.defaultProfile;
  if (name === undefined) throw missingField("profile");
  const custom = optionalField(body, "custom_config", "object") ?? {};
  if (manner === "page") refuseUnknown(body, ["profile", "custom_config"]);
  const strangers = manner === "page" ? "refuse" : "pass";
  // What was saved at the original's path may hold anything.
  const saved = await world.profiles.get(name);
  let profile: Profile;
  try {
    const wishes = checkProfile(custom, { strangers, at: "custom_config" });
    profile = merged(checkProfile(saved, { strangers: "pass" }), wishes);
  } catch (thrown) {
    if (!(thrown instanceof VerbatimError)) throw thrown;
    const { parameter = "" } = thrown;
    throw new VerbatimError(thrown.code, `Error starting system: ${thrown.message}`, { parameter, cause: thrown });
  }
  const plan = await world.system.start(name, profile, manners[manner]);
  const data = { started: true, profile: name, active_features: plan.features };
  return done(`System started with profile: ${name}`, data, plan.warnings);
}

/** `POST /system/stop` */
export async function stopSystem({ system }: World, manner: Manner): Promise<object> {
  await system.stop({ idle: manner === "page" ? "refuse" : "pass" });
  return done("System stopped", { stopped: true });
}

/** `POST /system/config`, which changes nothing in the original either. */
export async function configureSystem(request: Request, { services }: World): Promise<object> {
  const body = await readBody(request, services);
  const sections = ["transcription", "vad", "wake_word", "audio"].filter((name) => optionalField(body, name, "object"));
  const warnings = sections.map((name) => `${name} has no effect here: give it to /system/start as custom_config.`);
  return done("System configuration updated", { updated: true }, warnings);
}

/** `GET /system/profiles` */
export async function listProfiles({ profiles, services }: World): Promise<object> {
  const { defaultProfile = DEFAULT_PROFILE } = services.settings.realtimeMlx;
  return { profiles: await profiles.names(), default: defaultProfile };
}

/** `GET /system/profiles/{name}` */
export async function getProfile({ profiles }: World, name: string, manner: Manner): Promise<object> {
  const config = await profiles.get(name);
  const own = Object.hasOwn(predefined, name);
  return { name, config: own && manner === "original" ? asOriginal(config as Profile) : config };
}

/** `POST /system/profiles/{name}`, whose body is the profile. */
export async function saveProfile(request: Request, { profiles, services }: World, name: string): Promise<object> {
  const body = await readBody(request, services);
  await profiles.save(name, checkProfile(body, { strangers: "refuse" }));
  return saved(name);
}

/** `POST /system/profiles`, whose body names the profile. The original takes anything for one. */
export async function saveNamedProfile(
  request: Request,
  { profiles, services }: World,
  manner: Manner,
): Promise<object> {
  const body = await readBody(request, services);
  const name = requiredField(body, "name", "string");
  const config = requiredField(body, "config", "object");
  if (name === "") throw missingField("name");
  if (manner === "page") checkProfile(config, { strangers: "refuse", at: "config" });
  try {
    await profiles.save(name, config);
  } catch (thrown) {
    if (manner === "page" || !(thrown instanceof VerbatimError) || thrown.code !== "internal") throw thrown;
    // The original says 400 for a disk that fails, too. Whoever runs the server is to know of it all the same.
    services.log.error("a profile was not saved", { request: callOf(request).id, error: thrown });
    throw new VerbatimError("bad-request", thrown.message, { cause: thrown.cause });
  }
  return saved(name);
}

/** `DELETE /system/profiles/{name}`. The original says 400 for a profile that does not exist. */
export async function deleteProfile({ profiles }: World, name: string, manner: Manner): Promise<object> {
  try {
    await profiles.delete(name);
  } catch (thrown) {
    if (manner === "page" || !(thrown instanceof VerbatimError) || thrown.code !== "not-found") throw thrown;
    throw new VerbatimError("bad-request", thrown.message, { cause: thrown.cause });
  }
  return done(`Profile '${name}' deleted successfully`, { deleted: true });
}

function saved(name: string): object {
  return done(`Profile '${name}' saved successfully`, { saved: true });
}
