/** Making elements. Text is always text: nothing here reads HTML. */

type Child = Node | string | undefined | false;
type Properties<Tag extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[Tag], "attributes" | "style">
>;

/** An element with properties and children; `attributes` are those that are no properties (`aria-…`, `role`). */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { attributes, ...properties }: Properties<Tag> & { attributes?: Record<string, string> } = {} as Properties<Tag>,
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  Object.assign(element, properties);
  for (const [name, value] of Object.entries(attributes ?? {})) element.setAttribute(name, value);
  for (const child of children) if (child !== undefined && child !== false) element.append(child);
  return element;
}

/** The element of that id, which index.html has. */
export function find<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return element;
}
