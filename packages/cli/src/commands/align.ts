import { type AlignOutcome, alignFolder, loadDetector, type OutcomeKind } from "@amface/align";
import { defineCommand } from "../command.ts";
import { detectOptions, toDetectOptions } from "../detect-options.ts";
import { integer, numbers, oneOf, part } from "../parse.ts";
import type { Progress } from "../reporter.ts";

const options = {
  "input-dir": { value: "DIR", help: "photos as DIR/identity/file.jpg", required: true },
  "output-dir": {
    value: "DIR",
    help: "receives crops as DIR/identity/file.png, and manifest.csv",
    required: true,
  },
  "image-size": {
    value: "H,W",
    help: "height and width of the crops",
    parse: numbers(2, integer(8)),
    default: "112,96",
  },
  missing: {
    value: "WHAT",
    help: "where no face is found: skip the photo, or center: cut out its middle",
    parse: oneOf("skip", "center"),
    default: "skip",
  },
  shard: { value: "I/N", help: "do only part I of N of the photos", parse: part },
  ...detectOptions,
} as const;

export const align = defineCommand({
  options,
  examples: [
    "amface align --input-dir photos --output-dir crops --weights mtcnn",
    "amface align --input-dir photos --output-dir crops --weights mtcnn --shard 1/8",
  ],
  async run(values, _, { reporter, signal }) {
    const [height, width] = values["image-size"];
    const detector = await loadDetector(values.weights);
    const counts: Record<OutcomeKind | "kept", number> = {
      aligned: 0,
      centered: 0,
      "no-face": 0,
      unreadable: 0,
      "name-clash": 0,
      kept: 0,
    };
    let progress: Progress | undefined;
    let photos = 0;
    let done = 0;
    const start = performance.now();
    for await (const outcome of alignFolder({
      inputDir: values["input-dir"],
      outputDir: values["output-dir"],
      detector,
      imageSize: { height, width },
      missing: values.missing,
      shard: values.shard,
      ...toDetectOptions(values),
      onStart: (total) => {
        photos = total;
        progress = reporter.progress("align", total, "photos");
      },
    })) {
      count(outcome, counts);
      if (outcome.outcome === "unreadable" || outcome.outcome === "name-clash") {
        reporter.warn(`Skipped ${outcome.path}: ${outcome.reason}`);
      }
      progress?.update(++done);
      if (signal.aborted) break;
    }
    progress?.end();
    const seconds = (performance.now() - start) / 1000;
    if (done < photos)
      reporter.warn(`Stopped after ${done} of ${photos} photos; the same command goes on from there`);
    if (done > 0 && done === photos && counts.aligned + counts.centered === 0) {
      throw new Error(
        `Cannot align ${values["input-dir"]}: expected a face in at least one of ${done} photos, got ` +
          `${counts["no-face"]} without a face and ${counts.unreadable} that cannot be read`,
      );
    }
    return {
      photos,
      done,
      ...counts,
      seconds,
      imagesPerSecond: (done - counts.kept) / seconds,
      outputDir: values["output-dir"],
    };
  },
  render: ({ done, aligned, centered, kept, seconds, imagesPerSecond, outputDir, ...rest }) =>
    [
      `${aligned} of ${done} photos aligned into ${outputDir} in ${seconds.toFixed(1)} s (${imagesPerSecond.toFixed(1)} photos/s)`,
      ...[
        [centered, "cropped at the centre: no face found"],
        [rest["no-face"], "without a face"],
        [rest.unreadable, "cannot be read"],
        [rest["name-clash"], "share a name with another photo's crop"],
        [kept, "done by an earlier run"],
      ]
        .filter(([number]) => number)
        .map(([number, what]) => `  ${number} ${what}`),
    ].join("\n"),
});

function count({ outcome, kept }: AlignOutcome, counts: Record<OutcomeKind | "kept", number>): void {
  counts[outcome]++;
  if (kept) counts.kept++;
}
