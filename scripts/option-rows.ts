/**
 * Writes the tables of a training's options into `packages/train/README.md`, as their schemas have them; with `--check` it
 * only fails where they differ.
 *
 *     bun scripts/option-rows.ts
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ConfigOption, configOptions, type OptionRange } from "@amface/train";

const README = join(import.meta.dirname, "..", "packages", "train", "README.md");
const COMMAND = "bun scripts/option-rows.ts";
const HEADING = "\n## Every option\n";

const text = await readFile(README, "utf8");
if (!text.includes(HEADING))
  throw new Error(`Cannot write options into ${README}: expected a heading${HEADING.trimEnd()}`);
const at = text.indexOf(HEADING) + HEADING.length;
const next = text.indexOf("\n## ", at);
const written = text.slice(0, at) + tables() + (next < 0 ? "" : text.slice(next));
if (process.argv.includes("--check")) {
  if (written !== text) {
    throw new Error(
      `Cannot take ${README} as it is: expected the schemas' options, got others; run ${COMMAND}`,
    );
  }
} else await writeFile(README, written);

function tables(): string {
  const groups = Object.entries(configOptions()).map(([heading, options]) => {
    const rows = options.map((option) => `| ${cells(option).join(" | ")} |`);
    return [
      `**${heading}**`,
      "",
      "| option | flag | values | what it is [default] |",
      "| --- | --- | --- | --- |",
      ...rows,
      "",
    ];
  });
  const note = `What is in brackets holds where an option is absent. Written by \`${COMMAND}\`.`;
  return ["", note, "", ...groups.flat()].join("\n");
}

function cells({ key, flag, noFlag = "", value, help, range }: ConfigOption): string[] {
  const call = flag === undefined ? noFlag : `\`--${flag}${value === undefined ? "" : ` ${value}`}\``;
  return [`\`${key}\``, call, values(range), help.replaceAll("|", "\\|")];
}

/** Types, and limits as intervals: `whole [1, ∞)`. */
function values(range: OptionRange): string {
  const { type, enum: names, minimum, exclusiveMinimum: above, maximum, exclusiveMaximum: below } = range;
  if (names) return "name";
  if (type === "boolean") return "true, false";
  if (type === "array") return range.prefixItems ? `list of ${range.prefixItems.length}` : "list";
  if (type !== "integer" && type !== "number") return type === "string" ? "text" : type;
  const whole = type === "integer";
  const limit = (value: number | undefined) =>
    value === undefined || Math.abs(value) === Number.MAX_SAFE_INTEGER
      ? "∞"
      : value === Math.PI
        ? "π"
        : `${value}`;
  const least = limit(minimum ?? (whole && above !== undefined ? above + 1 : above));
  const most = limit(maximum ?? below);
  const open = least === "∞" || (above !== undefined && !whole) ? "(" : "[";
  const close = most === "∞" || below !== undefined ? ")" : "]";
  return `${whole ? "whole " : ""}${open}${least === "∞" ? "−∞" : least}, ${most}${close}`;
}
