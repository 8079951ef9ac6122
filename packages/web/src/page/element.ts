type Child = Node | string;

/** An element with properties and children; `class`, `aria-…`, `role`, `for` and `data-…` are attributes. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Readonly<Record<string, unknown>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (/^(class|role|for|aria-.*|data-.*)$/.test(key)) made.setAttribute(key, String(value));
    else Object.assign(made, { [key]: value });
  }
  made.append(...children);
  return made;
}

/** An element of the page. */
export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`Cannot find #${id} in the page`);
  return found as E;
}

const SVG = "http://www.w3.org/2000/svg";

/** The same of a picture in SVG; all are attributes. */
export function shape(
  name: string,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: readonly Child[]
): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

/** What went wrong, as a note in the page. */
export const problem = (error: unknown): HTMLElement =>
  element("p", { class: "problem", role: "alert" }, (error as Error).message);
