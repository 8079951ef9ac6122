import type { CardFigure, ModelCard } from "./model-card.ts";

/** A model card as a page of Markdown: `NAME.md` beside `NAME.json`. */
export function renderCard(card: ModelCard): string {
  const { name, does, file, bytes, sha256, date, terms, licence, learnedFrom, recipe } = card;
  const list = (items: readonly string[]) => items.map((item) => `- ${item}`).join("\n");
  return `# ${name}

${does}

| | |
| --- | --- |
| file | \`${file}\`, ${bytes} bytes |
| SHA-256 | \`${sha256}\` |
| made | ${date} |
| terms | ${terms} ([licence](../${licence})) |

## What it learned from

| data | photos | terms |
| --- | --- | --- |
${learnedFrom.map(({ data, photos, terms }) => `| ${data} | ${photos.toLocaleString("en")} | ${terms} |`).join("\n")}

## Recipe

\`\`\`sh
${recipe.command}
\`\`\`

${recipe.description} It took ${recipe.hours} hours.

## Measured

${figures(card.measured)}
${card.groups.length > 0 ? `\n## By groups\n\n${figures(card.groups)}\n` : ""}
## Limits

${list(card.limits)}

## Intended use

${list(card.intended)}

## Not intended

${list(card.notIntended)}
`;
}

function figures(rows: readonly CardFigure[]): string {
  const shown = (value: number, unit: string) => `${value}${unit === "" ? "" : ` ${unit}`}`;
  return [
    "| on | | | 95 % interval |",
    "| --- | --- | --- | --- |",
    ...rows.map(({ on, what, value, unit, interval }) => {
      const range = interval ? `${interval[0]} to ${shown(interval[1], unit)}` : "not measured";
      return `| ${on} | ${what} | ${shown(value, unit)} | ${range} |`;
    }),
  ].join("\n");
}
