import { join } from "node:path";
import { writeFileAtomic } from "@amface/files";
import { type ReportData, renderReport, writeDistances } from "@amface/lfw-eval";

/** Writes `report.html` and the model's `distances.csv` into a directory; returns the report's path. */
export async function writeReport(dir: string, data: ReportData): Promise<string> {
  const path = join(dir, "report.html");
  if (data.result.table) await writeDistances(join(dir, "distances.csv"), data.result.table);
  await writeFileAtomic(path, renderReport(data));
  return path;
}
