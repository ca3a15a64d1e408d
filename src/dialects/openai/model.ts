/** Which installed model a name means to OpenAI's clients. */
import type { Settings } from "../../config/table.ts";
import { VerbatimError } from "../../error.ts";
import type { InstalledModel } from "../../models/model.ts";
import { resolveModel } from "../../models/resolve.ts";

/** Any name will do, unless the server is strict: clients send the names of models that only OpenAI has. */
export async function modelFor(name: string | undefined, settings: Settings): Promise<InstalledModel> {
  try {
    return await resolveModel(name, settings, "request");
  } catch (thrown) {
    const unknown = thrown instanceof VerbatimError && thrown.code === "model-unknown";
    if (!unknown || settings.strictModel) throw thrown;
    return resolveModel(undefined, settings, "request");
  }
}
