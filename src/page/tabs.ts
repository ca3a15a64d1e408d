/** Tabs after the ARIA pattern: arrow keys move between them, the address remembers which one is open. */

interface Panel {
  shown(): void;
  hidden(): void;
}

/** Makes the buttons of a tab list work; each controls the section that its `aria-controls` names. */
export function startTabs(list: HTMLElement, panels: Record<string, Panel>): void {
  const tabs = [...list.querySelectorAll<HTMLButtonElement>("[role=tab]")];
  const nameOf = (tab: HTMLButtonElement) => tab.getAttribute("aria-controls") ?? "";
  let open = "";

  function show(name: string): void {
    if (name === open) return;
    panels[open]?.hidden();
    open = name;
    for (const tab of tabs) {
      const isOpen = nameOf(tab) === name;
      tab.setAttribute("aria-selected", String(isOpen));
      tab.tabIndex = isOpen ? 0 : -1;
      const panel = document.getElementById(nameOf(tab));
      if (panel) panel.hidden = !isOpen;
    }
    panels[name]?.shown();
    history.replaceState(null, "", `#${name}`);
  }

  for (const tab of tabs) tab.addEventListener("click", () => show(nameOf(tab)));
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const at = tabs.findIndex((tab) => nameOf(tab) === open);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    next?.focus();
    next?.click();
    event.preventDefault();
  });
  const named = tabs.map(nameOf).find((name) => `#${name}` === location.hash);
  show(named ?? nameOf(tabs[0] as HTMLButtonElement));
}
