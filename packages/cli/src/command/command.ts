import type { Reporter } from "./reporter.ts";

/** How one option is given on the command line. */
export interface OptionSpec {
  /** What its value looks like in the help, e.g. `DIR`; without it the option is a switch. */
  readonly value?: string;
  readonly help: string;
  /** Begins a group of options in the help. */
  readonly heading?: string;
  /** Turns the text into a value; throws a `RangeError` that says what was expected. */
  readonly parse?: (text: string) => unknown;
  /** Text of the default value, parsed like any other. */
  readonly default?: string;
  readonly required?: boolean;
  /** May come several times; its value is a list of texts, none or more. */
  readonly multiple?: boolean;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type Parsed<S extends OptionSpec> = S extends { multiple: true }
  ? readonly string[]
  : S extends { parse: (text: string) => infer T }
    ? T
    : S extends { value: string }
      ? string
      : boolean;

type Always<S extends OptionSpec> = S extends { required: true } | { default: string } | { multiple: true }
  ? true
  : S extends { value: string }
    ? false
    : true;

/** Values of the options, by their names on the command line (`batch-size`); absent ones are `undefined`. */
export type OptionValues<T extends OptionSpecs> = {
  readonly [K in keyof T]: Always<T[K]> extends true ? Parsed<T[K]> : Parsed<T[K]> | undefined;
};

export interface CommandContext {
  readonly reporter: Reporter;
  /** Aborted by Ctrl-C: finish what is under way, save it, and return. */
  readonly signal: AbortSignal;
}

/** A subcommand of `amface`. */
export interface Command<T extends OptionSpecs = OptionSpecs, R = unknown> {
  /** Arguments without a name, e.g. `FILE…`, and how many there must be. */
  readonly positionals?: { readonly label: string; readonly min: number; readonly max: number };
  readonly options: T;
  readonly examples: readonly string[];
  /** Whether processes that MPI started share its work; others are refused in several. */
  readonly shared?: boolean;
  /** @returns Nothing in a process that does a part of what another one gives the result of. */
  run(
    options: OptionValues<T>,
    positionals: readonly string[],
    context: CommandContext,
  ): Promise<R | undefined>;
  /** What a person reads on standard output; `--json` prints the result itself. */
  render(result: R): string;
  /** Whether a result, which is printed as any other, means failure: exit status 1. */
  fails?(result: R): boolean;
  /** Exit statuses of its own, for results that are no failure; its help tells of them, and of those of an `ExitError`. */
  readonly exits?: { readonly help: string; of(result: R): number };
}

/** Keeps the types of a command's options. */
export function defineCommand<const T extends OptionSpecs, R>(command: Command<T, R>): Command<T, R> {
  return command;
}

/** A subcommand that is loaded when it is called: the help of all must not wait for the engine to load. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

/** A failure that other programs tell from the rest by its exit status. */
export class ExitError extends Error {
  override name = "ExitError";
  readonly status: number;

  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** The call was wrong: exit status 2. */
export class UsageError extends Error {
  override name = "UsageError";
}
