import { detectFaces, loadDetector } from "@amface/align";
import { readImage } from "@amface/images";
import { defineCommand } from "../command/command.ts";
import { detectOptions, toDetectOptions } from "../options/detect-options.ts";

export const detect = defineCommand({
  positionals: { label: "FILE…", min: 1, max: Number.POSITIVE_INFINITY },
  options: detectOptions,
  examples: ["amface detect photo.jpg", "amface detect *.jpg --min-size 60 --json"],
  async run(values, files, { reporter, signal }) {
    const options = toDetectOptions(values);
    const detector = await loadDetector(values.weights, { threads: 2 });
    const progress = reporter.progress("detect", files.length, "photos");
    const results = [];
    for (const path of files) {
      if (signal.aborted) break;
      results.push({ path, faces: detectFaces(detector, await readImage(path), options) });
      progress.update(results.length);
    }
    progress.end();
    return results;
  },
  render(results) {
    const round = (values: readonly number[]) => values.map((value) => value.toFixed(1)).join(" ");
    return results
      .map(({ path, faces }) =>
        [
          `${path}: ${faces.length === 1 ? "1 face" : `${faces.length} faces`}`,
          ...faces.map(
            ({ box, score, landmarks }) =>
              `  box ${round(box)}  score ${score.toFixed(4)}  landmarks ${landmarks.map(round).join(", ")}`,
          ),
        ].join("\n"),
      )
      .join("\n");
  },
});
