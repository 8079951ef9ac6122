import type { FaceWarning } from "@amface/align";
import { shownRates } from "../model/card-lines.ts";
import type { Verdict } from "./verify-photos.ts";

/** What a warning says of a photo. */
const WARNING: Record<FaceWarning, string> = {
  tiny: "its face is tiny, the crop is enlarged more than twice",
  blurred: "its face is blurred",
  tilted: "its face is tilted beyond 45°",
  weak: "what was found has a score under 0.9 and may be no face",
  cut: "the photo's edge cuts its face off",
  several: "it shows several faces that could be meant; cut out the right one",
};

/** What `amface verify` prints. */
export function renderVerdict({
  score,
  threshold,
  decision,
  band,
  far,
  farInterval,
  model,
  card,
  photos,
}: Verdict): string {
  return [
    { same: "the same person", different: "different people", unsure: "not sure" }[decision],
    `distance   ${score.toFixed(4)}`,
    `threshold  ${threshold.toFixed(4)} at FAR ${far}, ${band ? `unsure from ${band.map((edge) => edge.toFixed(4)).join(" to ")}` : "without an interval"}`,
    ...(farInterval === undefined
      ? []
      : [
          `holds for  other people with FAR ${shownRates(farInterval)} (${100 * card.level} % interval, ${card.resampled} resampled)`,
        ]),
    `measured   on ${card.pairs}: ${card.samePairs} same and ${card.differentPairs} different pairs (${card.path})`,
    ...card.warnings.map((warning) => `warning    of the card: ${warning}`),
    ...(model.terms === undefined ? [] : [`model      amface's own embedder: ${model.terms}`]),
    ...photos.flatMap((photo) => notesOf(photo).map((note) => `check ${photo.path}: ${note}`)),
  ].join("\n");
}

function notesOf({ face, faces = 1, warnings }: Verdict["photos"][number]): string[] {
  const place = face?.box.map((side) => side.toFixed(0)).join(" ");
  return [
    ...(faces > 1 ? [`of its ${faces} faces the one at ${place} was taken`] : []),
    ...(face?.look ? [`its face was found at a second look only (${face.look})`] : []),
    ...warnings.map((name) => WARNING[name]),
  ];
}
