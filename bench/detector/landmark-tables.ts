import type { SeenPhoto } from "./compare-faces.ts";
import { SIDES } from "./sides.ts";
import { mean, median, percent, type Table } from "./table.ts";
import { findTrueFaces, landmarkErrors, type TrueFace } from "./true-faces.ts";

/** A photo whose faces are known. */
export interface SeenHandPlaced extends SeenPhoto {
  readonly truth: readonly TrueFace[];
  /** Whether the training may have seen the rest of the picture. */
  readonly hasSibling?: boolean;
}

/** Points further off than this share of the eyes' distance are of little use to an alignment. */
const FAR_OFF = 0.1;

/** How far each detector's points are from those placed by hand, on the faces that both find. */
export function landmarkTable(photos: readonly SeenHandPlaced[]): Table {
  const faces = photos.flatMap(({ truth, found, hasSibling }) => {
    const [ours, reference] = SIDES.map((side) => findTrueFaces(truth, found[side]));
    return truth.map((face, i) => ({ face, hasSibling, ours: ours[i], reference: reference[i] }));
  });
  const both = faces.filter(({ ours, reference }) => ours && reference);
  const alone = both.filter(({ hasSibling }) => !hasSibling);
  const meansAlone = SIDES.map((side) =>
    mean(alone.map((each) => mean(landmarkErrors(each.face.landmarks, each[side]!.landmarks)))).toFixed(4),
  );
  const rows = SIDES.map((side) => {
    const errors = both.map((each) => landmarkErrors(each.face.landmarks, each[side]!.landmarks));
    const means = errors.map(mean);
    const farOff = means.filter((error) => error > FAR_OFF).length;
    const ofPoint = (i: number) => mean(errors.map((error) => error[i]));
    return [side, mean(means), median(means), percent(farOff, means.length), ...[0, 1, 2, 3, 4].map(ofPoint)];
  });
  const only = (has: "ours" | "reference", lacks: "ours" | "reference") =>
    faces.filter((face) => face[has] && !face[lacks]).length;
  return {
    title: `Mean distance from points placed by hand, over the distance of the eyes, on ${both.length} faces that both find`,
    columns: [
      "detector",
      { name: "mean", digits: 4 },
      { name: "median", digits: 4 },
      { name: `over ${FAR_OFF}, %`, digits: 1 },
      ...["left eye", "right eye", "nose", "left mouth", "right mouth"].map((name) => ({ name, digits: 4 })),
    ],
    rows,
    notes: [
      `Found by ours alone: ${only("ours", "reference")}; by the reference alone: ${only("reference", "ours")}.`,
      `The means of the ${alone.length} faces from whose pictures no other face was trained on: ${meansAlone.join(" and ")}.`,
    ],
  };
}
