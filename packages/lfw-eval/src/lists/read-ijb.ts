import { access } from "node:fs/promises";
import { join } from "node:path";
import { readText } from "@amface/files";
import { quote } from "../pairs/quote.ts";
import { ListError } from "./list-error.ts";
import { readIntegers } from "./read-integers.ts";

/** Templates with the people that they are of. */
export interface NamedTemplates {
  readonly name: string;
  /** Rows of `IjbLists.templateIds`. */
  readonly templates: Int32Array;
  /** Subject numbers, one a template. */
  readonly subjects: Int32Array;
}

/** Pairs of templates, as rows of `IjbLists.templateIds`. */
export interface TemplatePairs {
  readonly a: Int32Array;
  readonly b: Int32Array;
  /** 1 where both are of one person. */
  readonly same: Uint8Array;
}

/** Lists of IJB-B or IJB-C. */
export interface IjbLists {
  readonly name: "IJB-B" | "IJB-C";
  /** Photos and frames in the order of the list. */
  readonly photos: readonly string[];
  /** `[photos]`: the row of each one's template in `templateIds`. */
  readonly templates: Int32Array;
  /** `[photos]`: numbers of media; frames of one video have one. */
  readonly media: Int32Array;
  /** `[photos, 5, 2]`: x and y of eyes, nose and corners of the mouth, in pixels. */
  readonly landmarks: Float32Array;
  /** `[photos]`: how sure the detector was of a face. */
  readonly scores: Float32Array;
  /** Template numbers, rising. */
  readonly templateIds: Int32Array;
  readonly pairs: TemplatePairs;
  /** Galleries and probes of the search (1:N); absent where their files are. */
  readonly search?: { readonly galleries: readonly NamedTemplates[]; readonly probes: NamedTemplates };
}

const SETS = [
  { name: "IJB-B", prefix: "ijbb", galleries: ["S1", "S2"] },
  { name: "IJB-C", prefix: "ijbc", galleries: ["G1", "G2"] },
] as const;

/**
 * Reads the lists of IJB-B or IJB-C in the form in which insightface hands them on: `ijbc_face_tid_mid.txt` (photo, template,
 * medium), `ijbc_name_5pts_score.txt` (photo, five landmarks, the detector's score), `ijbc_template_pair_label.txt` (two
 * templates, 1 for one person), and, where they are there, `ijbc_1N_gallery_G1.csv`, `_G2.csv` and `ijbc_1N_probe_mixed.csv`
 * (template, subject).
 *
 * @param dir The folder of the lists, or that above its `meta`.
 * @throws {ListError} Naming the file and the line that does not keep the form or names an unknown template.
 */
export async function readIjb(dir: string): Promise<IjbLists> {
  const { name, prefix, galleries, folder } = await findSet(dir);
  const path = (list: string) => join(folder, `${prefix}_${list}`);
  const faces = path("face_tid_mid.txt");
  const { photos, numbers: ids } = await readNamed(faces, 2, "a photo, its template and its medium");
  const { landmarks, scores } = await readPoints(path("name_5pts_score.txt"), photos, faces);
  const rows = new TemplateRows(Int32Array.from(photos, (_, i) => ids[2 * i]));
  const whole = (column: number) =>
    Int32Array.from(photos, (_, i) => {
      const number = ids[2 * i + column];
      if (Number.isInteger(number) && number >= 0 && number < 2 ** 31) return number;
      throw new ListError(`Cannot read ${faces} line ${i + 1}: expected whole numbers, got ${number}`);
    });
  const search = await readSearch(galleries, path, rows);
  return {
    ...{ name, photos, landmarks, scores },
    templates: rows.of(whole(0), faces, 1),
    media: whole(1),
    templateIds: rows.ids,
    pairs: await readTemplatePairs(path("template_pair_label.txt"), rows),
    ...(search && { search }),
  };
}

async function findSet(dir: string) {
  for (const folder of [dir, join(dir, "meta")]) {
    for (const set of SETS) {
      if (await exists(join(folder, `${set.prefix}_face_tid_mid.txt`))) return { ...set, folder };
    }
  }
  throw new ListError(
    `Cannot read the lists of IJB in ${dir}: expected ijbb_face_tid_mid.txt or ijbc_face_tid_mid.txt, got neither`,
  );
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** Rows of templates by their numbers. */
class TemplateRows {
  readonly ids: Int32Array;
  readonly #rows: Map<number, number>;

  constructor(numbers: Int32Array) {
    this.ids = Int32Array.from(new Set(numbers)).sort();
    this.#rows = new Map(Array.from(this.ids, (id, row) => [id, row]));
  }

  /** @param first The line that the first number stands on. */
  of(numbers: Int32Array, path: string, first: number): Int32Array {
    return numbers.map((number, i) => {
      const row = this.#rows.get(number);
      if (row !== undefined) return row;
      throw new ListError(
        `Cannot read ${path} line ${i + first}: expected a template that has photos, got ${number}`,
      );
    });
  }
}

/** Lines of a photo's name and numbers. */
async function readNamed(path: string, columns: number, expected: string) {
  const text = await readText(path).catch((cause: Error) => {
    throw new ListError(`Cannot read ${path}: ${cause.message}`, { cause });
  });
  const lines = text.split("\n");
  while (lines.at(-1)?.trim() === "") lines.pop();
  const numbers = new Float64Array(lines.length * columns);
  const photos = lines.map((line, i) => {
    const [photo, ...values] = line.trim().split(/[ \t]+/);
    let right = values.length === columns;
    for (let j = 0; j < columns && right; j++) {
      numbers[i * columns + j] = Number(values[j]);
      right = Number.isFinite(numbers[i * columns + j]);
    }
    if (right) return photo;
    throw new ListError(`Cannot read ${path} line ${i + 1}: expected ${expected}, got ${quote(line.trim())}`);
  });
  if (photos.length === 0) throw new ListError(`Cannot read ${path}: expected ${expected} a line, got none`);
  return { photos, numbers };
}

/** The other list of photos, which must be in the same order. */
async function readPoints(path: string, photos: readonly string[], faces: string) {
  const { photos: names, numbers } = await readNamed(path, 11, "a photo, ten coordinates and a score");
  const differs = names.findIndex((name, i) => name !== photos[i]);
  if (differs >= 0) {
    const expected = `${photos[differs] ?? "its end"} as in ${faces}`;
    throw new ListError(
      `Cannot read ${path} line ${differs + 1}: expected ${expected}, got ${quote(names[differs])}`,
    );
  }
  if (names.length < photos.length) {
    throw new ListError(
      `Cannot read ${path}: expected ${photos.length} lines as in ${faces}, got ${names.length}`,
    );
  }
  const landmarks = new Float32Array(names.length * 10);
  const scores = new Float32Array(names.length);
  for (let i = 0; i < names.length; i++) {
    landmarks.set(numbers.subarray(i * 11, i * 11 + 10), i * 10);
    scores[i] = numbers[i * 11 + 10];
  }
  return { landmarks, scores };
}

async function readTemplatePairs(path: string, rows: TemplateRows): Promise<TemplatePairs> {
  const [a, b, label] = await readIntegers(path, ["template", "template", "label"]);
  const wrong = label.findIndex((value) => value > 1);
  if (wrong >= 0) {
    throw new ListError(
      `Cannot read ${path} line ${wrong + 1}: expected the label 0 or 1, got ${label[wrong]}`,
    );
  }
  return { a: rows.of(a, path, 1), b: rows.of(b, path, 1), same: Uint8Array.from(label) };
}

async function readSearch(
  galleries: readonly string[],
  path: (list: string) => string,
  rows: TemplateRows,
): Promise<IjbLists["search"]> {
  const probes = path("1N_probe_mixed.csv");
  if (!(await exists(probes))) return undefined;
  return {
    galleries: await Promise.all(
      galleries.map((name) => readSubjects(path(`1N_gallery_${name}.csv`), name, rows)),
    ),
    probes: await readSubjects(probes, "mixed", rows),
  };
}

/** The templates of a list that has a row a photo. */
async function readSubjects(path: string, name: string, rows: TemplateRows): Promise<NamedTemplates> {
  const [numbers, subjects] = await readIntegers(path, ["template", "subject"], { header: true });
  const subjectOf = new Map<number, number>();
  rows.of(numbers, path, 2).forEach((template, i) => {
    const known = subjectOf.get(template) ?? subjects[i];
    if (known !== subjects[i]) {
      throw new ListError(
        `Cannot read ${path} line ${i + 2}: expected subject ${known} of template ${numbers[i]}, got ${subjects[i]}`,
      );
    }
    subjectOf.set(template, known);
  });
  return {
    name,
    templates: Int32Array.from(subjectOf.keys()),
    subjects: Int32Array.from(subjectOf.values()),
  };
}
