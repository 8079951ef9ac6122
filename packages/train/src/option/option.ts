import { z } from "zod";

/** How people meet an option besides its name, range and default, which its schema has. */
export interface OptionText {
  /** What it is, or of a switch what giving it does. */
  readonly help: string;
  /** What its value looks like, e.g. `DIR`; a switch has none. */
  readonly value?: string;
  /** What holds where it is absent and has no default. */
  readonly absent?: string;
  /** Its flag, where that is not its name in kebab case. */
  readonly flag?: string;
  /** What stands in place of its flag, where it has none: why. */
  readonly noFlag?: string;
}

/** The text of every option: `schema.register(optionTexts, text)`, after all that the schema is told. */
export const optionTexts = z.registry<OptionText>();

/** Options by their names; a docstring above each is that of the config's property. */
export type OptionTable = Readonly<Record<string, z.ZodType>>;

/** The values of a table's options. */
export type ValuesOf<T extends OptionTable> = Readonly<z.output<z.ZodObject<T>>>;

/** Those of them that have no default of their own. */
export type UnsetOf<T extends OptionTable> = Pick<
  ValuesOf<T>,
  { [K in keyof T]: undefined extends z.output<T[K]> ? K : never }[keyof T] & keyof ValuesOf<T>
>;

/** Whole numbers of 1 or more. */
export const count = () => z.int().positive();

/** Whole numbers of 0 or more. */
export const whole = () => z.int().nonnegative();

/** Numbers of 0 or more. */
export const nonnegative = () => z.number().nonnegative();

/** Numbers above 0. */
export const positive = () => z.number().positive();

/** Numbers in [0, 1). */
export const share = () => nonnegative().lt(1);

export const path = () => z.string().min(1);
