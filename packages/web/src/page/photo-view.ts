import type { FoundFace, PhotoFaces } from "../messages.ts";
import { element, shape } from "./element.ts";
import { pictureOf } from "./picture.ts";

const WARNINGS: Readonly<Record<FoundFace["warnings"][number], string>> = {
  tiny: "the face is tiny",
  blurred: "the face is blurred",
  tilted: "the face is tilted beyond 45°",
  weak: "this may be no face",
  cut: "the photo's edge cuts the face off",
  several: "several faces could be meant",
};

/** A photo with boxes around its faces. */
export function photoView(address: string, name: string, { width, height, faces }: PhotoFaces): HTMLElement {
  const found = faces.length === 1 ? "one face" : `${faces.length} faces`;
  const image = element("img", { src: address, alt: `${name}, ${found}` });
  const boxes = faces.map(({ box: [x1, y1, x2, y2] }, i) =>
    shape("rect", { x: x1, y: y1, width: x2 - x1, height: y2 - y1, class: i === 0 ? "face main" : "face" }),
  );
  const marks = faces.flatMap(({ landmarks, box: [x1, , x2] }) =>
    landmarks.map(([cx, cy]) =>
      shape("circle", { cx, cy, r: Math.max(1, (x2 - x1) / 60), class: "landmark" }),
    ),
  );
  return element(
    "div",
    { class: "photo" },
    image,
    shape("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...boxes, ...marks),
  );
}

/** The faces of a photo to choose from, the chosen one pressed. */
export function faceChoice(
  { faces }: PhotoFaces,
  chosen: number,
  onChoose: (i: number) => void,
): HTMLElement {
  const buttons = faces.map(({ crop, score, warnings }, i) => {
    const notes = warnings.map((warning) => WARNINGS[warning]).join(", ");
    const label = `face ${i + 1} of ${faces.length}, score ${score.toFixed(2)}${notes && `: ${notes}`}`;
    return element(
      "button",
      {
        type: "button",
        class: "crop",
        "aria-pressed": i === chosen,
        title: label,
        onclick: () => onChoose(i),
      },
      pictureOf(crop, label),
    );
  });
  return element("div", { class: "crops", role: "group", "aria-label": "Face to compare" }, ...buttons);
}

/** What speaks against a face, in words; empty where nothing does. */
export const notesOn = ({ warnings }: FoundFace): string =>
  warnings.map((warning) => WARNINGS[warning]).join("; ");
