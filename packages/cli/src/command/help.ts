import type { Command, CommandEntry, OptionSpecs } from "./command.ts";

/** What `amface --help` prints. */
export function programHelp(commands: readonly CommandEntry[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`);
  return [
    "amface: face verification with Additive Margin Softmax",
    "",
    "Usage: amface COMMAND [OPTIONS]",
    "",
    "Commands:",
    ...lines,
    "",
    "See: amface COMMAND --help",
    "",
  ].join("\n");
}

/** What `amface COMMAND --help` prints. */
export function commandHelp({ name, summary }: CommandEntry, command: Command, globals: OptionSpecs): string {
  const { positionals, options, examples, exits } = command;
  const required = Object.entries(options)
    .filter(([, spec]) => spec.required)
    .map(([option, { value }]) => ` --${option} ${value}`);
  return [
    `${summary[0].toUpperCase()}${summary.slice(1)}.`,
    "",
    `Usage: amface ${name}${positionals ? ` ${positionals.label}` : ""}${required.join("")} [OPTIONS]`,
    ...(Object.values(options)[0]?.heading === undefined ? ["", "Options:"] : []),
    ...optionLines({ ...options, ...globals }),
    ...(exits ? ["", `Exit status: ${exits.help}.`] : []),
    "",
    "Examples:",
    ...examples.map((example) => `  ${example}`),
    "",
  ].join("\n");
}

/** Columns of a line of help; longer texts go on in the next one. */
const COLUMNS = 132;

function optionLines(options: OptionSpecs): string[] {
  const rows = Object.entries(options).map(([name, { value, help, default: preset, heading }]) => ({
    left: `--${name}${value ? ` ${value}` : ""}`,
    right: `${help}${preset === undefined ? "" : ` [${preset}]`}`,
    heading,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length)) + 2;
  return rows.flatMap(({ left, right, heading }) => [
    ...(heading === undefined ? [] : ["", `${heading}:`]),
    ...wrapped(right, COLUMNS - width - 2).map(
      (line, i) => `  ${(i === 0 ? left : "").padEnd(width)}${line}`,
    ),
  ]);
}

/** A text in lines of at most so many characters, broken between words. */
function wrapped(text: string, columns: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines[lines.length - 1];
    if (line !== "" && line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}
