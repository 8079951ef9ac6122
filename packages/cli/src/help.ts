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
  const { positionals, options, examples } = command;
  const required = Object.entries(options)
    .filter(([, spec]) => spec.required)
    .map(([option, { value }]) => ` --${option} ${value}`);
  return [
    `${summary[0].toUpperCase()}${summary.slice(1)}.`,
    "",
    `Usage: amface ${name}${positionals ? ` ${positionals.label}` : ""}${required.join("")} [OPTIONS]`,
    "",
    "Options:",
    ...optionLines({ ...options, ...globals }),
    "",
    "Examples:",
    ...examples.map((example) => `  ${example}`),
    "",
  ].join("\n");
}

function optionLines(options: OptionSpecs): string[] {
  const rows = Object.entries(options).map(([name, { value, help, default: preset }]) => [
    `--${name}${value ? ` ${value}` : ""}`,
    `${help}${preset === undefined ? "" : ` [${preset}]`}`,
  ]);
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`);
}
