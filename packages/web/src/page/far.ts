import type { Box } from "../box.ts";
import { element } from "./element.ts";

/** The rate at which pages decide unless another is chosen; the nearest that the card has. */
const USUAL = 1e-3;

/** False accept rates of the box's card. */
export const farsOf = ({ embedder }: Box): number[] =>
  embedder?.thresholds?.thresholds.map(({ far }) => far) ?? [];

/** The one to decide at. */
export function usualFar(box: Box): number {
  const away = (far: number) => Math.abs(Math.log(far / USUAL));
  return farsOf(box).reduce((best, far) => (away(far) < away(best) ? far : best), farsOf(box)[0] ?? USUAL);
}

/** The card's threshold at the usual rate, where there is a card. */
export const usualThreshold = (box: Box): number | undefined =>
  box.embedder?.thresholds?.thresholds.find(({ far }) => far === usualFar(box))?.threshold;

/** A choice of the card's rates. */
export function farChoice(box: Box, onChange: (far: number) => void): HTMLElement {
  const options = farsOf(box).map((far) =>
    element(
      "option",
      { value: String(far), selected: far === usualFar(box) },
      `${far} (1 in ${Math.round(1 / far).toLocaleString("en")})`,
    ),
  );
  const select = element("select", { onchange: () => onChange(Number(select.value)) }, ...options);
  return element("label", {}, "Strangers taken for one person at most ", select);
}
