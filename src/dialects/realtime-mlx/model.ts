/** Which model and language a client's words mean here. */
import type { Settings } from "../../config/table.ts";
import { VerbatimError } from "../../error.ts";
import { requireLanguage } from "../../models/language.ts";
import type { InstalledModel } from "../../models/model.ts";
import { resolveModel } from "../../models/resolve.ts";
import { parseLanguage } from "../../text/languages.ts";

/** Any name will do, unless the server is strict: clients send the names of models that only their old server had. */
export async function modelFor(name: string | null | undefined, settings: Settings): Promise<InstalledModel> {
  try {
    return await resolveModel(name ?? undefined, settings, "request");
  } catch (thrown) {
    const unknown = thrown instanceof VerbatimError && thrown.code === "model-unknown";
    if (!unknown || settings.strictModel) throw thrown;
    return resolveModel(undefined, settings, "request");
  }
}

export interface Spoken {
  /** Absent: it is heard. */
  language?: string;
  /** The model does not know the language that was asked for, and goes on without it. */
  warning?: string;
}

/**
 * What to listen for; null and nothing are the server's own setting. Throws `language-unsupported` for what is no language, and where the server
 * is strict for one that the model does not know. Elsewhere that is a warning: the page's own examples ask an English model for Norwegian.
 */
export function spoken(asked: string | null | undefined, model: InstalledModel, settings: Settings): Spoken {
  const text = asked ?? settings.language;
  const language = parseLanguage(text);
  if (language === undefined)
    throw new VerbatimError("language-unsupported", `There is no language '${text.slice(0, 100)}'.`, {
      parameter: "language",
    });
  if (language === "auto") return {};
  try {
    requireLanguage(model, language);
    return { language };
  } catch (thrown) {
    if (settings.strictParameters || !(thrown instanceof VerbatimError)) throw thrown;
    return { warning: thrown.message };
  }
}

/** The path of a user's own model is the server's business. */
export function shownModel({ id }: InstalledModel): string {
  return id.split(/[/\\]/).at(-1) ?? id;
}
