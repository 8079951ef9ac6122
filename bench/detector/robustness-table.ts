import { basename } from "node:path";
import { Random, renderScene } from "@amface/data";
import { readImage } from "@amface/images";
import { CONDITIONS, type Condition } from "./conditions.ts";
import type { HandPlaced } from "./hand-placed.ts";
import type { KnownPhoto } from "./known-photo.ts";
import type { PhotoViewer } from "./photo-viewer.ts";
import { SIDES, type Side } from "./sides.ts";
import { mean, percent, type Table } from "./table.ts";
import { findTrueFaces, landmarkErrors } from "./true-faces.ts";

/** Photos made one after the other, so that only one is in memory. */
interface Photos {
  readonly names: readonly string[];
  readonly make: (index: number) => KnownPhoto | Promise<KnownPhoto>;
}

/** The held-out photos under each condition. */
export function heldOutRobustness(viewer: PhotoViewer, photos: readonly HandPlaced[]): Promise<Table> {
  return robustnessTable(viewer, `${photos.length} held-out photos, made harder`, {
    names: photos.map(({ path }) => basename(path)),
    make: async (i) => ({ image: await readImage(photos[i].path), faces: photos[i].truth }),
  });
}

/** How much of a drawn face must be seen to be asked for. */
const VISIBLE = 0.6;

/** Generated scenes under each condition. */
export function sceneRobustness(viewer: PhotoViewer, scenes: number): Promise<Table> {
  const options = { width: 480, height: 360, faces: 3, faceHeight: [40, 180], seed: 1711 } as const;
  return robustnessTable(viewer, `${scenes} generated scenes, made harder`, {
    names: Array.from({ length: scenes }, (_, i) => `scene ${i}`),
    make: (i) => {
      const { image, faces } = renderScene(i, options);
      return { image, faces: faces.map((face) => ({ ...face, isHidden: face.visible < VISIBLE })) };
    },
  });
}

async function robustnessTable(viewer: PhotoViewer, title: string, photos: Photos): Promise<Table> {
  const tallies = CONDITIONS.map((condition) => new Tally(condition));
  for (const [i, name] of photos.names.entries()) {
    const photo = await photos.make(i);
    for (const tally of tallies) await tally.add(viewer, photo, name);
    if ((i + 1) % 50 === 0) console.error(`${title}: ${i + 1} photos`);
  }
  return {
    title,
    columns: [
      "photos",
      "faces",
      ...SIDES.map((side) => ({ name: `found by ${side}, %`, digits: 2 })),
      ...SIDES.map((side) => `other boxes, ${side}`),
      "found by both",
      ...SIDES.map((side) => ({ name: `landmark error, ${side}`, digits: 4 })),
    ],
    rows: tallies.map((tally) => tally.row()),
    notes: ["The landmark error is the mean distance over that of the eyes, on the faces that both find."],
  };
}

/** What both detectors find under one condition. */
class Tally {
  readonly #condition: Condition;
  #faces = 0;
  readonly #found = { ours: 0, reference: 0 };
  readonly #others = { ours: 0, reference: 0 };
  readonly #errors: Record<Side, number[]> = { ours: [], reference: [] };

  constructor(condition: Condition) {
    this.#condition = condition;
  }

  async add(viewer: PhotoViewer, photo: KnownPhoto, name: string): Promise<void> {
    const random = new Random("detector bench", name, this.#condition.name);
    const { image, faces } = await this.#condition.apply(photo, random);
    const { found } = viewer.look(image);
    const partners = {
      ours: findTrueFaces(faces, found.ours),
      reference: findTrueFaces(faces, found.reference),
    };
    for (const side of SIDES)
      this.#others[side] += found[side].length - partners[side].filter((face) => face).length;
    faces.forEach(({ landmarks, isHidden }, i) => {
      if (isHidden) return;
      this.#faces++;
      for (const side of SIDES) if (partners[side][i]) this.#found[side]++;
      if (!SIDES.every((side) => partners[side][i])) return;
      for (const side of SIDES)
        this.#errors[side].push(mean(landmarkErrors(landmarks, partners[side][i]!.landmarks)));
    });
  }

  row() {
    return [
      this.#condition.name,
      this.#faces,
      ...SIDES.map((side) => percent(this.#found[side], this.#faces)),
      ...SIDES.map((side) => this.#others[side]),
      this.#errors.ours.length,
      ...SIDES.map((side) => mean(this.#errors[side])),
    ];
  }
}
