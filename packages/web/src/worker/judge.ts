import { decide } from "@amface/lfw-eval/browser";
import type { Comparison } from "../messages.ts";
import { loadBox } from "./load-part.ts";

/** What the box's threshold card says of a squared distance. */
export async function judge(distance: number, far: number): Promise<Comparison> {
  const card = (await loadBox()).embedder?.thresholds;
  return { distance, decision: card ? decide(card, distance, far) : null };
}
