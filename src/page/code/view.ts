/** "Try it in your code": the request as a program would make it. */
import { make } from "../dom.ts";
import { copyButton } from "../save.ts";
import { addressOf, storedKey } from "../server.ts";
import { snippets } from "./snippets.ts";

/** A box that opens, with a choice of languages. */
export function codeBox(file: string, parameters: Record<string, string>): HTMLElement {
  const all = snippets(addressOf("").replace(/\/$/, ""), file, parameters, storedKey() !== undefined);
  const code = make("code");
  const choice = make(
    "select",
    { attributes: { "aria-label": "Language of the example" } },
    ...all.map(({ title }, i) => make("option", { value: String(i), textContent: title })),
  );
  const show = () => {
    code.textContent = all[Number(choice.value)]?.code ?? "";
  };
  choice.addEventListener("change", show);
  show();
  return make(
    "details",
    { className: "code" },
    make("summary", { textContent: "Try it in your code" }),
    make(
      "div",
      { className: "actions" },
      choice,
      copyButton("Copy", () => code.textContent ?? ""),
    ),
    make("pre", { tabIndex: 0 }, code),
  );
}
