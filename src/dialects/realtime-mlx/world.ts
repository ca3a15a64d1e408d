/** What one server's requests and sockets of this protocol have in common. */
import { join } from "node:path";
import type { Services } from "../dialect.ts";
import { Audience } from "./audience.ts";
import { Ear } from "./hearing/ear.ts";
import { ProfileStore } from "./profiles/store.ts";
import { Sessions } from "./sessions/sessions.ts";
import { System } from "./system.ts";

export interface World {
  services: Services;
  audience: Audience;
  ear: Ear;
  system: System;
  profiles: ProfileStore;
  sessions: Sessions;
  /** Milliseconds of `performance.now`. */
  startedAt: number;
  /** Resolves when everything that was heard is told: nothing is heard any more. */
  stop(): Promise<void>;
}

const worlds = new WeakMap<Services, World>();

/** The one of a server. */
export function worldOf(services: Services): World {
  const known = worlds.get(services);
  if (known) return known;
  const { dataDir, realtimeMlx } = services.settings;
  const audience = new Audience();
  const ear = new Ear(() => services.capture());
  const system = new System(services, audience, ear);
  const sessions = new Sessions();
  let stopped: Promise<void> | undefined;
  const world: World = {
    services,
    audience,
    ear,
    system,
    sessions,
    profiles: new ProfileStore(realtimeMlx.profilesDir ?? join(dataDir, "profiles")),
    startedAt: performance.now(),
    stop() {
      stopped ??= Promise.all([system.stop({ idle: "pass" }), sessions.close()]).then(() => {});
      return stopped;
    },
  };
  worlds.set(services, world);
  return world;
}
