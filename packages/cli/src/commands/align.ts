import { existsSync } from "node:fs";
import {
  type AlignOutcome,
  alignFolder,
  loadDetector,
  type Orphans,
  outputFiles,
  summariseOutcomes,
} from "@amface/align";
import { MAX_PIXELS } from "@amface/images";
import { defineCommand } from "../command/command.ts";
import { integer, numbers, oneOf, part } from "../command/parse.ts";
import type { ProgressBar, Reporter } from "../command/reporter.ts";
import { detectOptions, faceRuleOption, toDetectOptions } from "../options/detect-options.ts";
import { threadsOption } from "../options/engine-option.ts";

const options = {
  "input-dir": { value: "DIR", help: "photos as DIR/identity/file.jpg", required: true },
  "output-dir": {
    value: "DIR",
    help: "receives crops as DIR/identity/file.png, manifest.csv and .arrow, summary.json, contact sheets",
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
  "face-rule": faceRuleOption,
  all: { help: "crop every face of a photo: file_0.png is the main one, file_1.png the next, …" },
  shard: {
    value: "I/N",
    help: "do only part I of N of the photos; without it afterwards, join the parts",
    parse: part,
  },
  prune: { help: "remove crops, and rows of the manifest, that are of no photo of the input folder" },
  "follow-links": { help: "follow symbolic links out of the input folder" },
  "max-pixels": {
    value: "N",
    help: "refuse photos of more pixels",
    parse: integer(1),
    default: String(MAX_PIXELS),
  },
  threads: { ...threadsOption, help: `${threadsOption.help}, at most 8` },
  seed: { value: "N", help: "seed of the samples on the contact sheets", parse: integer(0), default: "0" },
  ...detectOptions,
} as const;

export const align = defineCommand({
  options,
  examples: [
    "amface align --input-dir photos --output-dir crops",
    "amface align --input-dir photos --output-dir crops --shard 1/8",
    "amface align --input-dir photos --output-dir crops --weights mtcnn",
  ],
  async run(values, _, { reporter, signal }) {
    const { "input-dir": inputDir, "output-dir": outputDir, shard } = values;
    const [height, width] = values["image-size"];
    const detector = await loadDetector(values.weights);
    const outcomes: AlignOutcome[] = [];
    let progress: ProgressBar | undefined;
    let photos = 0;
    let ignored: readonly string[] = [];
    let orphans: Orphans = { crops: [], photos: [] };
    let done = 0;
    let kept = 0;
    const start = performance.now();
    for await (const outcome of alignFolder({
      inputDir,
      outputDir,
      detector,
      imageSize: { height, width },
      rule: values["face-rule"],
      missing: values.missing,
      all: values.all,
      followLinks: values["follow-links"],
      prune: values.prune,
      onOrphans: (found) => {
        orphans = found;
      },
      shard,
      maxPixels: values["max-pixels"],
      seed: values.seed,
      ...(values.threads === undefined ? {} : { workers: values.threads }),
      ...toDetectOptions(values),
      onStart: (total, others) => {
        photos = total;
        ignored = others;
        progress = reporter.progress("align", total, "photos");
      },
    })) {
      if (outcomes.at(-1)?.path !== outcome.path) {
        done++;
        if (outcome.kept) kept++;
      }
      outcomes.push(outcome);
      if (outcome.outcome === "unreadable" || outcome.outcome === "name-clash") {
        reporter.warn(`Skipped ${outcome.path}: ${outcome.reason}`);
      }
      progress?.update(done);
      if (signal.aborted) break;
    }
    progress?.end();
    warnOfOthers(ignored, orphans, values, reporter);
    const seconds = (performance.now() - start) / 1000;
    if (done < photos)
      reporter.warn(`Stopped after ${done} of ${photos} photos; run the same command to resume`);
    const { crops, outcomes: counts, warnings, again } = summariseOutcomes(outcomes);
    if (done > 0 && done === photos && crops === 0) {
      throw new Error(
        `Cannot align ${inputDir}: expected a face in at least one of ${done} photos, got ` +
          `${counts["no-face"]} without a face and ${counts.unreadable} that cannot be read`,
      );
    }
    const files = Object.entries(outputFiles(outputDir, shard)).filter(([, path]) => existsSync(path));
    return {
      photos,
      done,
      kept,
      crops,
      ignored: ignored.length,
      orphans: { crops: orphans.crops.length, rows: orphans.photos.length, removed: values.prune },
      ...counts,
      warnings,
      again,
      seconds,
      imagesPerSecond: (done - kept) / seconds,
      outputDir,
      files: Object.fromEntries(files),
    };
  },
  render: ({ done, crops, aligned, centered, kept, warnings, again, seconds, imagesPerSecond, ...rest }) =>
    [
      `${aligned} of ${done} photos aligned into ${rest.outputDir} in ${seconds.toFixed(1)} s (${imagesPerSecond.toFixed(1)} photos/s)`,
      ...[
        [crops === aligned + centered ? 0 : crops, "crops"],
        [centered, "cropped at the centre: no face found"],
        [rest["no-face"], "without a face"],
        [rest.unreadable, "cannot be read"],
        [rest["name-clash"], "share a name with another photo's crop"],
        [again, "crops of faces that only a second look found"],
        [kept, "done by an earlier run"],
        [warnings.tiny, "crops of tiny faces"],
        [warnings.blurred, "crops are blurred"],
        [warnings.tilted, "crops of faces tilted beyond 45°"],
        [warnings.weak, "crops of what may be no face (score under 0.9)"],
        [warnings.cut, "crops of faces that the photo's edge cuts off"],
        [warnings.several, "crops of one of several faces that could be meant"],
      ]
        .filter(([number]) => number)
        .map(([number, what]) => `  ${number} ${what}`),
      ...Object.values(rest.files).map((path) => `  ${path}`),
    ].join("\n"),
});

/** Tells what in the input is no photo, and what in the output is of none. */
function warnOfOthers(
  ignored: readonly string[],
  { crops, photos }: Orphans,
  { prune, "input-dir": inputDir }: { readonly prune: boolean; readonly "input-dir": string },
  reporter: Reporter,
): void {
  if (ignored.length > 0) {
    reporter.warn(`Left out ${ignored.length} files and folders that are not photos, such as ${ignored[0]}`);
  }
  if (crops.length + photos.length === 0) return;
  const what =
    `${crops.length} crops and ${photos.length} rows of the manifest of no photo of ${inputDir}, ` +
    `such as ${crops[0] ?? photos[0]}`;
  reporter.warn(prune ? `Removed ${what}` : `Kept ${what}; --prune removes them`);
}
