import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { type Command, type CommandEntry, ExitError, type OptionSpecs, UsageError } from "./command.ts";
import { commandHelp, programHelp } from "./help.ts";
import { nearest } from "./nearest.ts";
import { clearedLine, Reporter } from "./reporter.ts";

const GLOBAL: OptionSpecs = {
  json: { help: "print one JSON document on standard output, and nothing else there" },
  quiet: { help: "no progress on standard error, only warnings and errors" },
  help: { help: "show this help" },
};

/** Where a run of the program reads and writes. */
export interface Io {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/**
 * Runs `amface` with these arguments.
 *
 * @returns The exit status: 0 success, 1 the work failed, 2 the call was wrong, or one of the command's own (`exits`).
 */
export async function runProgram(
  commands: readonly CommandEntry[],
  args: readonly string[],
  io: Io,
): Promise<number> {
  const [name, ...rest] = args;
  if (name === "--version") {
    io.stdout.write(`${version()}\n`);
    return 0;
  }
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const text = programHelp(commands);
    (name === undefined ? io.stderr : io.stdout).write(text);
    return name === undefined ? 2 : 0;
  }
  const command = commands.find((candidate) => candidate.name === name);
  try {
    if (!command) {
      const near = nearest(
        name,
        commands.map((candidate) => candidate.name),
      );
      throw new UsageError(
        `Cannot run amface ${name}: expected one of ${commands.map((c) => c.name).join(", ")}` +
          `${near ? `; did you mean ${near}?` : ""}`,
      );
    }
    return await runCommand(command, rest, io);
  } catch (error) {
    if ((error as Error | undefined)?.name === "AbortError" && io.signal.aborted) {
      io.stderr.write(`amface ${name}: Stopped before the end\n`);
      return 1;
    }
    io.stderr.write(
      `${clearedLine(io.stderr)}amface${command ? ` ${command.name}` : ""}: ${describe(error)}\n`,
    );
    if (!(error instanceof UsageError)) return error instanceof ExitError ? error.status : 1;
    io.stderr.write(`See: amface ${command ? `${command.name} ` : ""}--help\n`);
    return 2;
  }
}

function version(): string {
  const require = createRequire(import.meta.url);
  return (require("../../package.json") as { version: string }).version;
}

async function runCommand(entry: CommandEntry, args: readonly string[], io: Io): Promise<number> {
  const command = await entry.load();
  const { values, positionals } = parse(command, args);
  if (values.help) {
    io.stdout.write(commandHelp(entry, command, GLOBAL));
    return 0;
  }
  const options = readOptions(command.options, values);
  checkPositionals(entry.name, command, positionals);
  if (!command.shared) await refuseProcesses(entry.name);
  const reporter = new Reporter({ quiet: values.quiet === true, stream: io.stderr });
  const result = await command.run(options as never, positionals, { reporter, signal: io.signal });
  if (result === undefined) return 0;
  const text = values.json ? JSON.stringify(result) : command.render(result);
  if (text) io.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  return command.fails?.(result) ? 1 : (command.exits?.of(result) ?? 0);
}

/** Each of several processes would do all of the work. */
async function refuseProcesses(name: string): Promise<void> {
  const { findLaunch } = await import("@amface/mpi");
  const size = findLaunch()?.size ?? 1;
  if (size === 1) return;
  throw new UsageError(
    `Cannot run amface ${name} in ${size} processes: expected one, for its work is not shared; start it without MPI`,
  );
}

type RawValues = Record<string, string | boolean | readonly string[] | undefined>;

function parse(command: Command, args: readonly string[]): { values: RawValues; positionals: string[] } {
  const specs = { ...GLOBAL, ...command.options };
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { value, multiple = false }]) => [
      name,
      {
        type: value ? ("string" as const) : ("boolean" as const),
        multiple,
        ...(name === "help" && { short: "h" }),
      },
    ]),
  );
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    return { values: parsed.values as RawValues, positionals: parsed.positionals };
  } catch (error) {
    const unknown = /Unknown option '--?([^']+)'/.exec((error as Error).message)?.[1];
    const near = unknown && nearest(unknown, Object.keys(specs));
    if (unknown) {
      throw new UsageError(
        `Cannot take --${unknown}: no such option${near ? `; did you mean --${near}?` : ""}`,
      );
    }
    throw new UsageError(valueProblem((error as Error).message, specs));
  }
}

/** What is wrong with an option's value, of what `parseArgs` says. */
function valueProblem(message: string, specs: OptionSpecs): string {
  const [, name, problem] = /^Option '(?:-\w, )?--([\w-]+)(?: <value>)?' (.*)/.exec(message) ?? [];
  if (name === undefined) return message.split(/\. |\n/, 1)[0];
  const { value } = specs[name] ?? {};
  if (value === undefined) return `Cannot take --${name}: expected no value, got one`;
  const mend = problem.includes("ambiguous") ? `; a value that begins with - needs --${name}=-…` : "";
  return `Cannot take --${name}: expected ${value}, got nothing${mend}`;
}

function readOptions(specs: OptionSpecs, values: RawValues): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, { value, parse, default: preset, required, multiple }] of Object.entries(specs)) {
    if (!value || multiple) {
      options[name] = value ? (values[name] ?? []) : values[name] === true;
      continue;
    }
    const text = (values[name] as string | undefined) ?? preset;
    if (text === "") throw new UsageError(`Cannot take --${name}: expected ${value}, got nothing`);
    if (text === undefined) {
      if (required) throw new UsageError(`Cannot run without --${name} ${value}`);
      continue;
    }
    try {
      options[name] = parse ? parse(text) : text;
    } catch (error) {
      throw new UsageError(`Cannot take --${name}: ${(error as Error).message}`);
    }
  }
  return options;
}

function checkPositionals(name: string, { positionals }: Command, given: readonly string[]): void {
  const { label, min, max } = positionals ?? { label: "", min: 0, max: 0 };
  if (given.length >= min && given.length <= max) return;
  const expected = max === 0 ? "no further arguments" : `${label} (${min === max ? min : `at least ${min}`})`;
  throw new UsageError(
    `Cannot run amface ${name}: expected ${expected}, got ${given.length ? given.join(" ") : "none"}`,
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
