import type { Report } from "../messages.ts";
import { byId } from "./element.ts";

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
const parts = new Map<string, { loaded: number; total: number }>();

/** Shows what of the box has come; gone when all has. */
export function showLoading(report: Report): void {
  const area = byId("loading");
  if (report.kind === "loading") parts.set(report.name, report);
  const known = [...parts.entries()];
  const coming = known.filter(([, { loaded, total }]) => loaded < total).map(([name]) => name);
  area.hidden = coming.length === 0;
  const sum = (of: "loaded" | "total") => known.reduce((bytes, [, part]) => bytes + part[of], 0);
  const bar = byId<HTMLProgressElement>("loading-bar");
  bar.max = sum("total") || 1;
  bar.value = sum("loaded");
  byId("loading-text").textContent =
    `Loading ${coming.join(", ")}: ${megabytes(sum("loaded"))} of ${megabytes(sum("total"))} MB, kept for the next time`;
}
