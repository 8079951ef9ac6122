import { join } from "node:path";
import type { Shard } from "./photos-to-align.ts";

/** What `alignFolder` writes into its output folder besides the crops. */
export interface OutputFiles {
  /** What became of every photo, as CSV and as an Arrow IPC file. */
  manifest: string;
  arrow: string;
  /** Counts, and which photos are on the sheets, as JSON. */
  summary: string;
  /** A sample of the crops. */
  contactSheet: string;
  /** A sample of the photos that gave no aligned crop, and of crops with a warning; absent where there are none. */
  failures: string;
}

/** The paths of the files; those of a shard have its number in their names. Nothing is read or written. */
export function outputFiles(outputDir: string, shard?: Shard): OutputFiles {
  const suffix = shard ? `-${shard.index}-of-${shard.count}` : "";
  const file = (name: string, extension: string) => join(outputDir, `${name}${suffix}.${extension}`);
  return {
    manifest: file("manifest", "csv"),
    arrow: file("manifest", "arrow"),
    summary: file("summary", "json"),
    contactSheet: file("contact-sheet", "png"),
    failures: file("failures", "png"),
  };
}
