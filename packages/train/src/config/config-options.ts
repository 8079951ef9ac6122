import { z } from "zod";
import { LOSSES } from "../losses/losses.ts";
import { OPTIMIZERS } from "../optimizers/optimizers.ts";
import { type OptionText, optionTexts } from "../option/option.ts";
import { OPTION_GROUPS } from "./config-schema.ts";
import type { TrainConfig } from "./train-config.ts";

/** An option of a config as a program that offers it needs it: for flags, help, a table, or a form. */
export interface ConfigOption {
  readonly key: keyof TrainConfig;
  /** Its flag, without `--`: `no-batch-norm` of a switch that is on by default. */
  readonly flag?: string | undefined;
  /** Why it has none, where it has none. */
  readonly noFlag?: string | undefined;
  /** What the flag's value looks like, e.g. `DIR`; a switch has none. */
  readonly value?: string | undefined;
  /** What it is, and in brackets its default. */
  readonly help: string;
  /** What it may be. */
  readonly range: OptionRange;
}

/** Types, limits and choices in JSON Schema's words. */
export interface OptionRange {
  readonly type: "boolean" | "integer" | "number" | "string" | "array" | "object";
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  /** Of an array of so many. */
  readonly prefixItems?: readonly OptionRange[];
}

/** All options of a config by the headings of their groups, in the order in which they are documented. */
export function configOptions(): Readonly<Record<string, readonly ConfigOption[]>> {
  const groups = Object.entries(OPTION_GROUPS).map(([heading, table]) => [
    heading,
    Object.entries(table).map(([key, schema]) => optionOf(key as keyof TrainConfig, schema)),
  ]);
  return Object.fromEntries(groups);
}

function optionOf(key: keyof TrainConfig, schema: z.ZodType): ConfigOption {
  const text = optionTexts.get(schema);
  if (!text) throw new Error(`Cannot describe the option ${key}: expected its text in optionTexts, got none`);
  const { $schema: _, default: initial, type = "object", ...facts } = z.toJSONSchema(schema, { io: "input" });
  const { value, noFlag } = text;
  const kebab = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const flag = noFlag ? undefined : (text.flag ?? (initial === true ? `no-${kebab}` : kebab));
  return {
    key,
    flag,
    noFlag,
    value,
    help: helpOf(key, text, initial),
    range: { ...facts, type } as OptionRange,
  };
}

function helpOf(key: keyof TrainConfig, { help, absent }: OptionText, initial: unknown): string {
  const chosen = [...byChoice(key, LOSSES), ...byChoice(key, OPTIMIZERS)];
  if (chosen.length > 0) return `${help}: ${chosen.join("; ")}`;
  const standing = typeof initial === "boolean" ? undefined : (initial ?? absent);
  return standing === undefined ? help : `${help} [${standing}]`;
}

/** Who has the option by what default, such as `am-softmax, normalised-softmax [30]`. */
function byChoice(key: string, table: Readonly<Record<string, { readonly defaults: object }>>): string[] {
  const names = new Map<number, string[]>();
  for (const [name, { defaults }] of Object.entries(table)) {
    const initial = (defaults as Readonly<Record<string, number>>)[key];
    if (initial !== undefined) names.set(initial, [...(names.get(initial) ?? []), name]);
  }
  return [...names].map(
    ([initial, of]) =>
      `${of.join(", ")} [${initial < 1e-4 && initial > 0 ? initial.toExponential() : initial}]`,
  );
}
