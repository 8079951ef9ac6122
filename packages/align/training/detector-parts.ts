import type { DetectorParts } from "@amface/align";
import type { Student } from "./student.ts";

/** The detector that the nets make as they are now. */
export async function detectorParts(students: readonly Student[]): Promise<DetectorParts> {
  const [pnet, rnet, onet, lnet] = await Promise.all(students.map((student) => student.model()));
  return { name: "amface", weightsSha256: "", models: [pnet, rnet, onet, lnet] };
}
