/** Text that goes into a page as it is; `html` makes it and escapes what it is given. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = Html | string | number | undefined | readonly Value[];

/**
 * A template whose values are escaped, text and attribute values alike, unless they are `Html` already.
 * Lists are joined without a separator and `undefined` is nothing.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(strings.reduce((page, part, i) => page + escaped(values[i - 1]) + part));
}

function escaped(value: Value): string {
  if (value === undefined) return "";
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(escaped).join("");
  return escapeHtml(String(value));
}

/** Text that means itself in a page, in an attribute, and in plotly.js's labels, which read markup too. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
