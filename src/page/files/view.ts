/** Files: dropped or picked, sent, written down. */
import { bytesText } from "../clock.ts";
import { find, make } from "../dom.ts";
import { languageChoice, modelChoice } from "../models/choice.ts";
import { type FileState, nextFiles, progressOf, type QueuedFile, stateText } from "./queue.ts";
import { resultView } from "./result.ts";
import { upload } from "./upload.ts";

interface Row {
  queued: QueuedFile;
  cancel: AbortController;
  show(): void;
}

export function startFiles(): void {
  const picker = find("pick", HTMLInputElement);
  const drop = find("drop", HTMLElement);
  const list = find("file-list", HTMLElement);
  const model = modelChoice(find("file-model", HTMLSelectElement));
  const language = languageChoice(find("file-language", HTMLSelectElement), model);
  const channels = find("file-channels", HTMLInputElement);
  const rows: Row[] = [];

  const parameters = (): Record<string, string> => ({
    model: model.value,
    ...(language.value === "" ? { detect_language: "true" } : { language: language.value }),
    punctuate: "true",
    paragraphs: "true",
    ...(channels.checked ? { multichannel: "true" } : {}),
  });

  function add(files: Iterable<File>): void {
    for (const file of files) rows.push(rowFor({ id: rows.length, file, state: { at: "waiting" } }));
    work();
  }

  function work(): void {
    for (const queued of nextFiles(rows.map((row) => row.queued))) {
      const row = rows[queued.id];
      if (row) void run(row).finally(work);
    }
  }

  function rowFor(queued: QueuedFile): Row {
    const bar = make("progress", { max: 1, attributes: { "aria-label": `Progress of ${queued.file.name}` } });
    const state = make("span", { className: "file-state", attributes: { role: "status" } });
    const button = make("button", { type: "button", className: "quiet", textContent: "Cancel" });
    const result = make("div");
    const element = make(
      "article",
      { className: "file" },
      make(
        "header",
        {},
        make("h2", { textContent: queued.file.name }),
        make("span", { className: "faint", textContent: bytesText(queued.file.size) }),
        button,
      ),
      bar,
      state,
      result,
    );
    list.prepend(element);
    const cancel = new AbortController();
    button.addEventListener("click", () => cancel.abort(new DOMException("cancelled", "AbortError")));
    const asked = parameters();
    return {
      queued,
      cancel,
      show() {
        const part = progressOf(queued.state, queued.file.size);
        const { at } = queued.state;
        if (part === undefined) bar.removeAttribute("value");
        else bar.value = part;
        bar.hidden = at !== "uploading" && at !== "working";
        button.hidden = at === "finished" || at === "failed" || at === "cancelled";
        state.textContent = stateText(queued.state, queued.file.size, performance.now());
        element.dataset.state = at;
        if (queued.state.at === "finished" && result.childElementCount === 0)
          result.append(resultView(queued.file, queued.state.answer, asked));
      },
    };
  }

  async function run({ queued, cancel, show }: Row): Promise<void> {
    const to = (state: FileState) => {
      queued.state = state;
      show();
    };
    if (cancel.signal.aborted) return to({ at: "cancelled" });
    to({ at: "uploading", done: 0 });
    let since = performance.now();
    try {
      const answer = await upload(
        queued.file,
        parameters(),
        {
          sent: (done) => to({ at: "uploading", done }),
          worked(done, duration) {
            if (queued.state.at !== "working") since = performance.now();
            to({ at: "working", done, duration, since });
          },
        },
        cancel.signal,
      );
      to({ at: "finished", answer, seconds: (performance.now() - since) / 1000 });
    } catch (thrown) {
      to(cancel.signal.aborted ? { at: "cancelled" } : { at: "failed", reason: (thrown as Error).message });
    }
  }

  picker.addEventListener("change", () => {
    add(picker.files ?? []);
    picker.value = "";
  });
  // A file that misses the field would replace the page.
  for (const type of ["dragover", "drop"]) document.addEventListener(type, (event) => event.preventDefault());
  drop.addEventListener("dragover", () => drop.classList.add("over"));
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    drop.classList.remove("over");
    add(event.dataTransfer?.files ?? []);
  });
}
