import { distance } from "fastest-levenshtein";
import { z } from "zod";

/**
 * The option with the smallest share of letters to change, case aside, among those that a schema has at a place.
 *
 * @param path Where the option stands: of `schedule.warmUp`, `["schedule"]`.
 */
export function nearestOption(schema: z.ZodType, path: readonly PropertyKey[], key: string): string {
  const change = (option: string) =>
    distance(key.toLowerCase(), option.toLowerCase()) / Math.max(key.length, option.length);
  const [nearest] = [...new Set(optionsAt(schema, path))].sort((a, b) => change(a) - change(b));
  return [...path, nearest].join(".");
}

/** Names of the options at a place; of a union those of all its members. */
function optionsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return optionsAt(schema.unwrap() as z.ZodType, path);
  }
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((option) => optionsAt(option as z.ZodType, path));
  }
  if (schema instanceof z.ZodArray) return optionsAt(schema.element as z.ZodType, path.slice(1));
  if (!(schema instanceof z.ZodObject)) return [];
  const [first, ...rest] = path;
  return first === undefined ? Object.keys(schema.shape) : optionsAt(schema.shape[first as string], rest);
}
