import { readdir } from "node:fs/promises";
import { join } from "node:path";

/**
 * The file or folder that a stage names; a part with `*` is the last name that fits.
 *
 * @param places Where the data of `{name}` lies, which may begin the path.
 */
export async function findPlace(
  dir: string,
  path: string,
  places: Readonly<Record<string, string>>,
): Promise<string> {
  const [first, ...rest] = path.split("/");
  let place = /^\{.*\}$/.test(first) ? withPlaces(first, places) : join(dir, await lastLike(dir, first));
  for (const part of rest) place = join(place, await lastLike(place, part));
  return place;
}

/** A text in which every `{name}` is the place of that data. */
export function withPlaces(text: string, places: Readonly<Record<string, string>>): string {
  return text.replace(/\{([\w-]+)\}/g, (whole, name: string) => places[name] ?? whole);
}

async function lastLike(dir: string, name: string): Promise<string> {
  if (!name.includes("*")) return name;
  const [start, end] = name.split("*");
  const names = (await readdir(dir)).filter((each) => each.startsWith(start) && each.endsWith(end));
  const last = names.sort().at(-1);
  if (last === undefined)
    throw new Error(`Cannot find ${name} in ${dir}: expected a file or folder, got none`);
  return last;
}
