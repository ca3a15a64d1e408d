/** The choice of model and language, from what the server has. */
import { make } from "../dom.ts";
import { languageNames } from "../languages.ts";
import { ask } from "../server.ts";

export interface ServerModel {
  id: string;
  multilingual: boolean;
  /** Bytes; null where nobody knows before it is made. */
  size: number | null;
  installed: boolean;
  loaded: boolean;
  default: boolean;
}

/** All models, installed or not. */
export async function fetchModels(): Promise<ServerModel[]> {
  const response = await ask("/v1/models");
  if (!response.ok) return [];
  const { models } = (await response.json()) as { models: ServerModel[] };
  return models;
}

/** A user's own model is a path; its name is enough. */
export function nameOf({ id }: Pick<ServerModel, "id">): string {
  return id.split(/[/\\]/).at(-1) ?? id;
}

const MODELS_CHANGED = "models-changed";

/** Tells every choice on the page that models came or went. */
export function announceModels(): void {
  document.dispatchEvent(new Event(MODELS_CHANGED));
}

/** Fills a choice with the installed models, now and whenever they change. */
export function modelChoice(select: HTMLSelectElement): HTMLSelectElement {
  const fill = async () => {
    const chosen = select.value;
    const models = (await fetchModels()).filter(({ installed }) => installed);
    select.replaceChildren(
      ...models.map((model) => {
        const option = make("option", { value: nameOf(model), textContent: nameOf(model) });
        option.dataset.multilingual = String(model.multilingual);
        option.selected = chosen === "" ? model.default : nameOf(model) === chosen;
        return option;
      }),
    );
    select.dispatchEvent(new Event("change"));
  };
  document.addEventListener(MODELS_CHANGED, () => void fill());
  void fill();
  return select;
}

/** Fills a choice with the languages of the chosen model; an empty value means: find out. */
export function languageChoice(select: HTMLSelectElement, model: HTMLSelectElement): HTMLSelectElement {
  const fill = () => {
    const multilingual = model.selectedOptions[0]?.dataset.multilingual === "true";
    const chosen = select.value;
    const codes = multilingual ? Object.keys(languageNames) : ["en"];
    select.replaceChildren(
      ...(multilingual ? [make("option", { value: "", textContent: "Find out" })] : []),
      ...codes.map((code) => make("option", { value: code, textContent: languageNames[code] ?? code })),
    );
    if (codes.includes(chosen)) select.value = chosen;
  };
  model.addEventListener("change", fill);
  fill();
  return select;
}
