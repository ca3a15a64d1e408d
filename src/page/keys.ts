/** The question for a key. */
import { find } from "./dom.ts";

/** Shows the dialog and resolves with what was typed; an empty answer leaves it open. */
export function askForKey(): Promise<string> {
  const dialog = find("key-dialog", HTMLDialogElement);
  const form = find("key-form", HTMLFormElement);
  const field = find("key", HTMLInputElement);
  field.value = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const answer = (event: Event) => {
      event.preventDefault();
      const key = field.value.trim();
      if (key === "") return;
      form.removeEventListener("submit", answer);
      dialog.close();
      resolve(key);
    };
    form.addEventListener("submit", answer);
  });
}
