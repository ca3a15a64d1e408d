/** Getting text out of the page. */
import { make } from "./dom.ts";
import { type Paragraph, paragraphText, SAVED_FORMATS, saved } from "./transcript.ts";

/** Lets the browser save a text as a file. */
function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** A button that copies, and says so. */
export function copyButton(label: string, text: () => string): HTMLButtonElement {
  const button = make("button", { type: "button", className: "quiet", textContent: label });
  button.addEventListener("click", async () => {
    await copy(text());
    button.textContent = "Copied";
    setTimeout(() => {
      button.textContent = label;
    }, 1500);
  });
  return button;
}

async function copy(text: string): Promise<void> {
  // Only pages on localhost or with https have the clipboard.
  if (navigator.clipboard) return await navigator.clipboard.writeText(text);
  const area = make("textarea", { value: text });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** Copy, and save in each format. `name` is without its ending. */
export function savingButtons(name: () => string, paragraphs: () => readonly Paragraph[]): HTMLElement {
  const row = make("div", { className: "actions", attributes: { role: "group", "aria-label": "Copy and save" } });
  row.append(copyButton("Copy", () => paragraphs().map(paragraphText).join("\n\n")));
  for (const format of SAVED_FORMATS) {
    const button = make("button", { type: "button", className: "quiet", textContent: format.toUpperCase() });
    button.setAttribute("aria-label", `Save as ${format.toUpperCase()}`);
    button.addEventListener("click", () => download(`${name()}.${format}`, saved(paragraphs(), format)));
    row.append(button);
  }
  return row;
}
