import { AttributesError } from "./attributes-error.ts";

/** Lines of an attributes file: names of the columns, the first being that of photos or identities, and rows as long. */
export interface AttributeTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What CelebA's attributes tell of people, in the words of groups: with the attribute and without. */
export const CELEBA_GROUPS = [
  { group: "sex", attribute: "Male", values: ["male", "female"] },
  { group: "age", attribute: "Young", values: ["young", "not young"] },
  { group: "skin", attribute: "Pale_Skin", values: ["pale", "not pale"] },
] as const;

/** Whether a text has the form of `list_attr_celeba.txt`: the number of photos, the names of the attributes, a line a photo. */
export const isCelebaList = (text: string) => /^\d+[ \t]*\r?\n/.test(text);

/** @throws {AttributesError} When a line has another length, or the photos are not as many as the first line says. */
export function parseCelebaList(text: string, path: string): AttributeTable {
  const [count, header, ...lines] = text.split(/\r?\n/).map((line) => line.trim());
  const columns = ["photo", ...(header ?? "").split(/\s+/)];
  const rows: string[][] = [];
  for (const [i, line] of lines.entries()) {
    if (line === "") continue;
    const row = line.split(/\s+/);
    if (row.length !== columns.length) {
      throw new AttributesError(
        `Cannot read ${path} line ${i + 3}: expected a photo and ${columns.length - 1} values, got ${row.length} columns`,
      );
    }
    rows.push(row);
  }
  if (rows.length !== Number(count)) {
    throw new AttributesError(
      `Cannot read ${path}: expected ${count} photos, as its first line says, got ${rows.length}`,
    );
  }
  return { columns, rows };
}

/** A photo's group, given its values 1 and -1: of the columns of `CELEBA_GROUPS`, or yes and no of any attribute. */
export function celebaGroup(
  column: string,
  read: (attribute: string) => string | undefined,
): string | undefined {
  const named = CELEBA_GROUPS.find(({ group }) => group === column);
  const [withIt, without] = named?.values ?? ["yes", "no"];
  const value = read(named?.attribute ?? column);
  if (value === "1") return withIt;
  return value === "-1" || value === "0" ? without : undefined;
}
