import type { Face } from "@amface/align";
import type { Agreement } from "./compare-faces.ts";
import type { SeenHandPlaced } from "./landmark-tables.ts";
import { SIDES } from "./sides.ts";
import { percent, type Table } from "./table.ts";
import { findTrueFaces } from "./true-faces.ts";

/** How many of the reference's faces ours finds, in each set of photos. */
export function agreementTable(sets: Readonly<Record<string, Agreement>>): Table {
  return {
    title: "Our faces beside the reference's (the same at an IoU of 0.5)",
    columns: [
      "photos",
      "number",
      "faces of the reference",
      { name: "found by ours, %", digits: 2 },
      "main faces",
      { name: "chosen by ours, %", digits: 2 },
      "only the reference's",
      "only ours",
    ],
    rows: Object.entries(sets).map(([name, { photos, faces, main, missed, extra }]) => [
      name,
      photos,
      faces.length,
      percent(faces.length - missed.length, faces.length),
      main.all,
      percent(main.same, main.all),
      missed.length,
      extra.length,
    ]),
  };
}

/** From this width on (pixels) up to the next. */
const WIDTHS = [0, 20, 30, 50, 80];
const SCORES = [0.7, 0.8, 0.9, 0.99];

/** The same of one set, by the width of the reference's box and by its score. */
export function agreementByFace(title: string, { faces, extra }: Agreement): Table {
  const rows = (what: string, bounds: readonly number[], measure: (face: Face) => number) =>
    bounds.map((from, i) => {
      const to = bounds[i + 1] ?? Number.POSITIVE_INFINITY;
      const isIn = (face: Face) => measure(face) >= from && measure(face) < to;
      const own = faces.filter(({ face }) => isIn(face));
      const found = own.filter(({ isFound }) => isFound).length;
      const range = Number.isFinite(to) ? `${from} to ${to}` : `${from} or more`;
      return [
        `${what} ${range}`,
        own.length,
        percent(found, own.length),
        own.length - found,
        extra.filter(({ face }) => isIn(face)).length,
      ];
    });
  return {
    title,
    columns: [
      "box",
      "faces of the reference",
      { name: "found by ours, %", digits: 2 },
      "only the reference's",
      "only ours",
    ],
    rows: [
      ...rows("width", WIDTHS, ({ box: [x1, , x2] }) => x2 - x1),
      ...rows("score", SCORES, ({ score }) => score),
    ],
  };
}

/** Both detectors beside faces annotated by hand. */
export function handPlacedTable(photos: readonly SeenHandPlaced[]): Table {
  return {
    title: `Faces annotated by hand, one in each of ${photos.length} held-out photos`,
    columns: ["detector", { name: "found, %", digits: 2 }, "missed", "other boxes"],
    rows: SIDES.map((side) => {
      const found = photos.filter(({ truth, found }) => findTrueFaces(truth, found[side])[0]).length;
      const boxes = photos.reduce((sum, photo) => sum + photo.found[side].length, 0);
      return [side, percent(found, photos.length), photos.length - found, boxes - found];
    }),
    notes: ["Other boxes are false ones, second boxes of a face, and faces behind the annotated one."],
  };
}
