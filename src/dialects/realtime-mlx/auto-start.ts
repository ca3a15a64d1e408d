/** Listening that nobody has to ask for: the settings do. */
import { DEFAULT_PROFILE } from "./profiles/predefined.ts";
import { checkProfile } from "./profiles/profile.ts";
import type { World } from "./world.ts";

/** Starts the microphone's system where the settings want that, or says in the log why not. A default profile that cannot be is told in any case. */
export async function startByItself({ services, profiles, system }: World): Promise<void> {
  const { log, settings } = services;
  const { autoStart, defaultProfile } = settings.realtimeMlx;
  if (!autoStart && defaultProfile === undefined) return;
  const profile = defaultProfile ?? DEFAULT_PROFILE;
  try {
    const config = checkProfile(await profiles.get(profile), { strangers: "pass" });
    if (!autoStart) return;
    const { warnings } = await system.start(profile, config, { again: "refuse", lacking: "refuse" });
    log.info("listening, as realtime-mlx.auto-start wants it", {
      profile,
      ...(warnings.length > 0 ? { warnings } : {}),
    });
  } catch (error) {
    log.warn(
      autoStart
        ? "realtime-mlx.auto-start: there is nothing to listen to"
        : "realtime-mlx.default-profile cannot be started",
      {
        profile,
        error,
      },
    );
  }
}
