/** Opens the sessions that clients ask for. */
import { modelFor, shownModel, spoken } from "../model.ts";
import type { World } from "../world.ts";
import { ClientSession } from "./client-session.ts";

export interface Asked {
  id?: string;
  language?: string;
  model?: string;
  source?: "client" | "microphone";
  /** Told piece by piece, as the original does. */
  isPiecewise?: boolean;
}

export interface Opened {
  session: ClientSession;
  /** The name of the model that will run. */
  model: string;
  warnings: string[];
}

/** A session that nobody can find yet. Throws what cannot be, `busy`, and why there is no microphone. */
export async function openSession(
  { services, audience, sessions, ear }: World,
  owner: string,
  { id = crypto.randomUUID(), language, model: name, source = "client", isPiecewise = false }: Asked,
): Promise<Opened> {
  const { settings } = services;
  const configuration = sessions.configuration(owner);
  const model = await modelFor(name ?? configuration?.model, settings);
  const { language: code, warning } = spoken(language ?? configuration?.language, model, settings);
  const listening = source === "microphone" ? await ear.listen() : undefined;
  try {
    const beamSize = configuration?.beamSize;
    const options = {
      model,
      task: "transcribe" as const,
      ...(code === undefined ? {} : { language: code }),
      ...(beamSize === undefined ? {} : { beamSize }),
    };
    const session = new ClientSession({ services, audience, owner, id, options, isPiecewise });
    if (listening) session.hear(listening);
    return { session, model: shownModel(model), warnings: warning === undefined ? [] : [warning] };
  } catch (thrown) {
    listening?.close();
    throw thrown;
  }
}
