/** What a pickle may call by name: `module.name` to a function of the arguments. */
export type PickleGlobals = ReadonlyMap<string, (args: readonly unknown[]) => unknown>;

/** An object that a pickle's BUILD opcode may fill. */
export interface Buildable {
  setState(state: unknown): void;
}

/** A pickle that is damaged or that asks for more than plain data. */
export class PickleError extends Error {
  override readonly name = "PickleError";
  /** Where in the file the offending opcode stands. */
  readonly byte: number;
  /** `module.name` that the pickle asked for and that is not called here, where that is what is wrong. */
  readonly refused: string | undefined;
  /** Whether it ended before it was complete. */
  readonly cutOff: boolean;

  constructor(
    byte: number,
    message: string,
    options?: ErrorOptions & { readonly refused?: string; readonly cutOff?: boolean },
  ) {
    super(`Cannot read the pickle at byte ${byte}: ${message}`, options);
    this.byte = byte;
    this.refused = options?.refused;
    this.cutOff = options?.cutOff ?? false;
  }
}

/** A name that the pickle looked up; nothing happens before it is called. */
export class PickleGlobal {
  readonly name: string;
  readonly call: (args: readonly unknown[]) => unknown;

  constructor(name: string, call: (args: readonly unknown[]) => unknown) {
    this.name = name;
    this.call = call;
  }
}
