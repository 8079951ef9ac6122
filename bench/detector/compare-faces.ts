import { chooseFace, type Face } from "@amface/align";
import { matchBoxes, overlap } from "./match-boxes.ts";
import type { Found } from "./sides.ts";

/** A photo with what both detectors find in it. */
export interface SeenPhoto {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly found: Found;
}

/** A face of one detector that the other does not find. */
export interface LoneFace {
  readonly photo: SeenPhoto;
  readonly face: Face;
}

/** How our faces agree with the reference's on photos. */
export interface Agreement {
  readonly photos: number;
  /** The reference's faces, and whether ours has each. */
  readonly faces: readonly { readonly face: Face; readonly isFound: boolean }[];
  /** Photos where the reference has a main face, and those where ours chooses the same. */
  readonly main: { readonly all: number; readonly same: number };
  readonly extra: readonly LoneFace[];
  readonly missed: readonly LoneFace[];
}

/** Faces are the same where the boxes' intersection over union reaches this. */
const SAME = 0.5;

/** Holds our faces against the reference's, one to one. */
export function compareFaces(photos: readonly SeenPhoto[]): Agreement {
  const faces: { face: Face; isFound: boolean }[] = [];
  const extra: LoneFace[] = [];
  const missed: LoneFace[] = [];
  const main = { all: 0, same: 0 };
  for (const photo of photos) {
    const { ours, reference } = photo.found;
    const partners = matchBoxes(reference, ours, SAME, (a, b) => overlap(a.box, b.box));
    reference.forEach((face, i) => {
      faces.push({ face, isFound: partners[i] >= 0 });
      if (partners[i] < 0) missed.push({ photo, face });
    });
    ours.forEach((face, j) => {
      if (!partners.includes(j)) extra.push({ photo, face });
    });
    const expected = chooseFace(reference, photo);
    if (!expected) continue;
    main.all++;
    const chosen = chooseFace(ours, photo);
    if (chosen && overlap(chosen.box, expected.box) >= SAME) main.same++;
  }
  return { photos: photos.length, faces, main, extra, missed };
}
