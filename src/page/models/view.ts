/** The models: what there is, fetch, remove. */
import { bytesText, leftText } from "../clock.ts";
import { find, make } from "../dom.ts";
import { ask, refusalText } from "../server.ts";
import { announceModels, fetchModels, nameOf, type ServerModel } from "./choice.ts";
import { type PullEvent, pullProgress } from "./pull.ts";

/** Fetching more than this is asked about first. */
const LARGE = 1e9;

export function startModels(): { show(): void } {
  const table = find("model-rows", HTMLElement);
  const problem = find("model-problem", HTMLElement);

  async function show(): Promise<void> {
    const models = await fetchModels();
    table.replaceChildren(...models.map(row));
  }

  function row(model: ServerModel): HTMLElement {
    const state = make("td", { textContent: stateOf(model) });
    const action = make("td");
    const button = make("button", {
      type: "button",
      className: "quiet",
      textContent: model.installed ? "Remove" : "Fetch",
    });
    button.setAttribute("aria-label", `${button.textContent} ${nameOf(model)}`);
    button.addEventListener("click", () => void (model.installed ? remove(model) : pull(model, state, button)));
    action.append(button);
    return make(
      "tr",
      {},
      make("th", { textContent: nameOf(model), attributes: { scope: "row" } }),
      make("td", { textContent: model.multilingual ? "99 languages" : "English" }),
      make("td", { className: "number", textContent: model.size === null ? "" : bytesText(model.size) }),
      state,
      action,
    );
  }

  async function pull(model: ServerModel, state: HTMLElement, button: HTMLButtonElement): Promise<void> {
    problem.textContent = "";
    if ((model.size ?? 0) > LARGE && !confirm(`${nameOf(model)} is ${bytesText(model.size ?? 0)} to fetch. Go on?`))
      return;
    const stop = new AbortController();
    button.textContent = "Cancel";
    button.onclick = () => stop.abort();
    const bar = make("progress", { max: 1, attributes: { "aria-label": `Fetching ${nameOf(model)}` } });
    const text = make("span", { className: "faint" });
    state.replaceChildren(bar, text);
    const began = performance.now();
    try {
      const response = await ask("/v1/models/pull", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: model.id }),
        signal: stop.signal,
      });
      if (!response.ok || !response.body) throw new Error(refusalText(response.status, await response.text()));
      await pullProgress(response.body, (event: PullEvent) => {
        if (event.part === undefined) return;
        bar.value = event.part;
        const elapsed = (performance.now() - began) / 1000;
        text.textContent = event.part > 0.02 ? ` ${leftText((elapsed / event.part) * (1 - event.part))}` : "";
      });
    } catch (thrown) {
      if (!stop.signal.aborted) problem.textContent = (thrown as Error).message;
    }
    announceModels();
    await show();
  }

  async function remove(model: ServerModel): Promise<void> {
    problem.textContent = "";
    if (!confirm(`Remove ${nameOf(model)} from this machine's disk?`)) return;
    const response = await ask(`/v1/models/${encodeURIComponent(model.id)}`, { method: "DELETE" });
    if (!response.ok) problem.textContent = refusalText(response.status, await response.text());
    announceModels();
    await show();
  }

  return { show: () => void show() };
}

function stateOf({ installed, loaded, default: usual }: ServerModel): string {
  if (!installed) return "not here";
  return [loaded ? "loaded" : "on disk", ...(usual ? ["default"] : [])].join(", ");
}
