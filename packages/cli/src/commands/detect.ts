import { detectFaces, type Face, loadDetector } from "@amface/align";
import { ImageError, type RgbImage, readImage } from "@amface/images";
import { usableCores } from "@amface/tfjs-backend-onnx";
import { defineCommand } from "../command/command.ts";
import { detectOptions, toDetectOptions } from "../options/detect-options.ts";
import { threadsOption } from "../options/engine-option.ts";

interface DetectedPhoto {
  readonly path: string;
  readonly faces: readonly Face[];
  /** Why a photo could not be read; the faces of the others are told all the same. */
  readonly error?: string;
}

async function facesIn(path: string, find: (image: RgbImage) => readonly Face[]): Promise<DetectedPhoto> {
  try {
    return { path, faces: find(await readImage(path)) };
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return { path, faces: [], error: error.message };
  }
}

export const detect = defineCommand({
  positionals: { label: "FILE…", min: 1, max: Number.POSITIVE_INFINITY },
  options: { ...detectOptions, threads: threadsOption },
  examples: ["amface detect photo.jpg", "amface detect *.jpg --min-size 60 --json"],
  async run(values, files, { reporter, signal }) {
    const options = toDetectOptions(values);
    const detector = await loadDetector(values.weights, {
      threads: values.threads ?? Math.min(2, usableCores()),
    });
    const progress = reporter.progress("detect", files.length, "photos");
    const results: DetectedPhoto[] = [];
    for (const path of files) {
      if (signal.aborted) break;
      results.push(await facesIn(path, (image) => detectFaces(detector, image, options)));
      progress.update(results.length);
    }
    progress.end();
    return results;
  },
  fails: (results) => results.some(({ error }) => error !== undefined),
  render(results) {
    const round = (values: readonly number[]) => values.map((value) => value.toFixed(1)).join(" ");
    return results
      .map(({ path, faces, error }) =>
        [
          error ?? `${path}: ${faces.length === 1 ? "1 face" : `${faces.length} faces`}`,
          ...faces.map(
            ({ box, score, landmarks, look }) =>
              `  box ${round(box)}  score ${score.toFixed(4)}  landmarks ${landmarks.map(round).join(", ")}` +
              `${look ? `  at a second look: ${look}` : ""}`,
          ),
        ].join("\n"),
      )
      .join("\n");
  },
});
