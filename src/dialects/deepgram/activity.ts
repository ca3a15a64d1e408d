/** What this dialect is doing right now, for `/v1/status`. */
import type { Services } from "../dialect.ts";

export interface Activity {
  recordings: number;
  /** Sockets of `/v1/listen` and of `/v2/listen`. */
  streams: number;
  turns: number;
}

const activities = new WeakMap<Services, Activity>();

/** The counts of one server. */
export function activityOf(services: Services): Activity {
  let activity = activities.get(services);
  if (activity === undefined) {
    activity = { recordings: 0, streams: 0, turns: 0 };
    activities.set(services, activity);
  }
  return activity;
}
