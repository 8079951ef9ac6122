/**
 * Aligns a folder in a process of its own, which a test can kill: `align-folder.ts OPTIONS`, JSON of
 * `AlignFolderOptions` with the folder of weights, or none for a detector that sees a face in every corner, as
 * `weights`.
 */
import { alignFolder, loadDetector } from "@amface/align";
import { CornerDetector } from "../fake-detector.ts";

const { weights, ...options } = JSON.parse(process.argv[2]);
const detector = weights ? await loadDetector(weights) : new CornerDetector();
for await (const _ of alignFolder({ ...options, detector })) {
  // The files are what counts.
}
