import { CROP_SIZE, encodePng, type RgbImage } from "@amface/images";
import { rankFaces } from "../detect/choose-face.ts";
import { faceWarnings } from "../detect/face-warnings.ts";
import type { AlignOutcome } from "../manifest/align-outcome.ts";
import { alignFace } from "../warp/align-face.ts";
import { centerCrop } from "../warp/center-crop.ts";
import type { Face } from "../warp/face.ts";
import type { AlignResult, AlignSettings } from "./align-settings.ts";
import type { Photo } from "./photos-to-align.ts";

/** Cuts out the faces that were found in a photo: the main one or all, or the photo's middle where asked for. */
export async function cropFaces(
  { path, crop }: Photo,
  image: RgbImage,
  faces: readonly Face[],
  { size, rule, missing, all }: AlignSettings,
): Promise<AlignResult[]> {
  if (faces.length > 0) {
    const ranked = rankFaces(faces, image, { rule });
    const wanted = all ? ranked : ranked.slice(0, 1);
    return Promise.all(
      wanted.map(async (face, i) => {
        const aligned = alignFace(image, face.landmarks, size);
        const isUsual = size.height === CROP_SIZE.height && size.width === CROP_SIZE.width;
        const warnings = faceWarnings(face, image, {
          size,
          ...(all ? {} : { among: faces }),
          ...(isUsual ? { crop: aligned } : {}),
        });
        const outcome: AlignOutcome = {
          path,
          outcome: "aligned",
          crop: all ? numberedCrop(crop, i) : crop,
          face,
          faces: faces.length,
          ...(warnings.length > 0 && { warnings }),
          kept: false,
        };
        return { outcome, png: await encodePng(aligned) };
      }),
    );
  }
  const nothing = { path, faces: 0, reason: "no face was found", kept: false };
  if (missing === "skip") return [{ outcome: { ...nothing, outcome: "no-face" } }];
  return [
    {
      outcome: { ...nothing, outcome: "centered", crop: all ? numberedCrop(crop, 0) : crop },
      png: await encodePng(centerCrop(image, size)),
    },
  ];
}

/** `a.png` → `a_2.png`. Two photos never share such a name: the last number belongs to the face. */
export function numberedCrop(crop: string, face: number): string {
  return crop.replace(/\.png$/, `_${face}.png`);
}
