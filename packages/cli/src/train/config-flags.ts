import { type ConfigOption, configOptions, type OptionRange } from "@amface/train";
import type { OptionSpec, OptionSpecs } from "../command/command.ts";
import { integer, jsonObject, number, numbers, oneOf } from "../command/parse.ts";

/** Flags of all options of a config, by the headings of their groups; names, texts and ranges are the config's own. */
export function configFlags(): Readonly<Record<string, OptionSpecs>> {
  const groups = Object.entries(configOptions()).map(([heading, options]) => {
    const flags = options.flatMap((option) => (option.flag ? [[option.flag, specOf(option)] as const] : []));
    return [
      heading,
      Object.fromEntries(flags.map(([name, spec], i) => [name, i ? spec : { heading, ...spec }])),
    ];
  });
  return Object.fromEntries(groups);
}

function specOf({ value, help, range }: ConfigOption): OptionSpec {
  const parse = value === undefined ? undefined : parserOf(range);
  return { ...(value !== undefined && { value }), help, ...(parse && { parse }) };
}

/** Reads a value from a text; what is left to check, such as a limit that is no value itself, the config's schema does. */
function parserOf(range: OptionRange): ((text: string) => unknown) | undefined {
  if (range.enum) return oneOf(...range.enum);
  if (range.type === "integer" || range.type === "number") return numberOf(range);
  if (range.type === "array") {
    const [each] = (range.prefixItems ?? []).map(numberOf);
    return numbers(range.prefixItems?.length ?? 0, each);
  }
  return range.type === "object" ? jsonObject : undefined;
}

function numberOf(range: OptionRange): (text: string) => number {
  const { type, minimum, exclusiveMinimum: above, maximum = range.exclusiveMaximum } = range;
  if (type === "integer") return integer(minimum ?? (above === undefined ? undefined : above + 1), maximum);
  return number(minimum ?? above, maximum);
}
