import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import {
  type AlignOutcome,
  alignFolder,
  loadDetector,
  type Orphans,
  outputFiles,
  summariseOutcomes,
} from "@amface/align";
import { MAX_PIXELS } from "@amface/images";
import { type CommandContext, defineCommand, type OptionValues, UsageError } from "../command/command.ts";
import { integer, numbers, oneOf, part } from "../command/parse.ts";
import type { ProgressBar, Reporter } from "../command/reporter.ts";
import { detectOptions, faceRuleOption, toDetectOptions } from "../options/detect-options.ts";
import { threadsOption } from "../options/engine-option.ts";
import { aloneOption, inShares } from "../shares/in-shares.ts";
import type { Shares } from "../shares/shares.ts";

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
  alone: aloneOption,
  ...detectOptions,
} as const;

export const align = defineCommand({
  options,
  shared: true,
  examples: [
    "amface align --input-dir photos --output-dir crops",
    "amface align --input-dir photos --output-dir crops --shard 1/8",
    "amface align --input-dir photos --output-dir crops --weights mtcnn",
  ],
  run: (values, _, context) =>
    inShares(
      { name: "align", values, beside: values["output-dir"], byHand: values.shard !== undefined },
      context,
      (shares, context) => alignInShares(values, shares, context),
    ),
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

type Values = OptionValues<typeof options>;

/** Aligns this process's part of the photos; one process then takes all parts together. */
async function alignInShares(values: Values, shares: Shares, context: CommandContext) {
  const { index, count, threads } = shares;
  const more = values.threads === undefined && threads !== undefined ? { threads: Math.min(threads, 8) } : {};
  if (count === 1) return await alignPhotos(values, context);
  if (values.shard) {
    throw new UsageError("Cannot take --shard in several processes: they share the photos already");
  }
  const shard = { index: index + 1, count };
  const parts = await shares.meet(async () => {
    const { kept, seconds } = await alignPhotos({ ...values, ...more, shard, prune: false }, context, "part");
    context.signal.throwIfAborted();
    return { value: { kept, seconds } };
  });
  const result = await alignPhotos({ ...values, ...more }, context, "join");
  for (const index of parts.keys()) {
    const files = outputFiles(values["output-dir"], { index: index + 1, count });
    await Promise.all(Object.values(files).map((path) => rm(path, { force: true })));
  }
  const kept = parts.reduce((sum, { value }) => sum + value.kept, 0);
  const seconds = result.seconds + Math.max(...parts.map(({ value }) => value.seconds));
  return { ...result, kept, seconds, imagesPerSecond: (result.done - kept) / seconds };
}

async function alignPhotos(
  values: Values,
  { reporter, signal }: CommandContext,
  step: "whole" | "part" | "join" = "whole",
) {
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
    join: step === "join",
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
    const isNew = step !== "join"; // the parts have told of it
    if (isNew && (outcome.outcome === "unreadable" || outcome.outcome === "name-clash")) {
      reporter.warn(`Skipped ${outcome.path}: ${outcome.reason}`);
    }
    progress?.update(done);
    if (signal.aborted) break;
  }
  progress?.end();
  if (step !== "part") warnOfOthers(ignored, orphans, values, reporter);
  const seconds = (performance.now() - start) / 1000;
  if (done < photos)
    reporter.warn(`Stopped after ${done} of ${photos} photos; run the same command to resume`);
  const { crops, outcomes: counts, warnings, again } = summariseOutcomes(outcomes);
  if (done > 0 && done === photos && crops === 0 && step !== "part") {
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
}

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
