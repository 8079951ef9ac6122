import type { Comparison } from "../messages.ts";
import { element, shape } from "./element.ts";

/** Squared distances of embeddings that are drawn; the largest is 4, that of strangers about 2. */
const MOST = 4;
const at = (distance: number) => (distance / MOST) * 100;

/** Where a distance lies beside the card's threshold and its band. */
export function distanceScale(distance: number, decision: Comparison["decision"]): HTMLElement {
  const label = `Distance ${distance.toFixed(2)} on a scale from 0, alike, to ${MOST}`;
  const [from, to] = decision?.band ?? [decision?.threshold ?? 0, decision?.threshold ?? 0];
  const parts = decision
    ? [
        shape("rect", { x: 0, y: 4, width: at(from), height: 6, class: "scale-same" }),
        shape("rect", {
          x: at(from),
          y: 4,
          width: Math.max(0.4, at(to) - at(from)),
          height: 6,
          class: "scale-unsure",
        }),
        shape("rect", { x: at(to), y: 4, width: 100 - at(to), height: 6, class: "scale-different" }),
      ]
    : [shape("rect", { x: 0, y: 4, width: 100, height: 6, class: "grid" })];
  const pointer = shape("path", {
    d: `M ${at(distance)} 11 l -1.6 3 h 3.2 z M ${at(distance) - 0.3} 3 h .6 v 8 h -.6 z`,
    class: "pointer",
  });
  const picture = shape(
    "svg",
    { viewBox: "-2 0 104 15", role: "img", "aria-label": label, class: "scale" },
    ...parts,
    pointer,
  );
  return element("div", {}, picture as unknown as HTMLElement);
}
