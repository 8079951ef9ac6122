import { generateFaces, generateScenes } from "@amface/data";
import { usableCores } from "@amface/tfjs-backend-onnx";
import { type CommandContext, defineCommand, type OptionValues, UsageError } from "../command/command.ts";
import { integer, number, numbers } from "../command/parse.ts";
import { alignByTruth } from "../generate/align-by-truth.ts";
import { threadsOption } from "../options/engine-option.ts";

const options = {
  "output-dir": {
    value: "DIR",
    help: "receives DIR/face00000/face00000_0001.jpg and landmarks.json",
    required: true,
  },
  identities: { value: "N", help: "people", parse: integer(1), default: "100" },
  photos: { value: "N", help: "photos of each", parse: integer(1), default: "20" },
  "first-identity": { value: "N", help: "number of the first person", parse: integer(0), default: "0" },
  size: { value: "PX", help: "width and height of the photos", parse: integer(32, 1024), default: "128" },
  "crops-dir": { value: "DIR", help: "receives the photos aligned by their landmarks" },
  "image-size": {
    value: "H,W",
    help: "height and width of the crops",
    parse: numbers(2, integer(8)),
    default: "112,96",
  },
  "landmark-noise": {
    value: "PX",
    help: "pixels (standard deviation, of 128) by which landmarks are off, as a detector's are",
    parse: number(0),
    default: "0.9",
  },
  scenes: {
    value: "N",
    help: "instead: N photos of several people, DIR/scene00000.jpg and scenes.json",
    parse: integer(1),
  },
  faces: { value: "N", help: "people in a scene", parse: integer(0, 64), default: "4" },
  seed: { value: "N", help: "names the population", parse: integer(0), default: "0" },
  threads: threadsOption,
} as const;

type Values = OptionValues<typeof options>;

export const generate = defineCommand({
  options,
  examples: [
    "amface generate --output-dir faces --identities 10000 --photos 10 --crops-dir crops",
    "amface generate --output-dir scenes --scenes 100 --faces 6",
  ],
  async run(values, _, context) {
    if (values.scenes !== undefined && values["crops-dir"] !== undefined) {
      throw new UsageError("Cannot take --scenes and --crops-dir together: scenes are not cropped");
    }
    const start = performance.now();
    const made =
      values.scenes === undefined ? await makeFaces(values, context) : await makeScenes(values, context);
    return { ...made, seconds: (performance.now() - start) / 1000 };
  },
  render: ({ photos, outputDir, seconds }) =>
    `${photos} photos in ${outputDir} (${(photos / seconds).toFixed(1)} photos/s)`,
});

async function makeFaces(values: Values, { reporter, signal }: CommandContext) {
  const { identities, photos, seed, size, "output-dir": outputDir, "crops-dir": cropsDir } = values;
  const progress = reporter.progress("draw", identities * photos, "photos");
  await generateFaces(outputDir, {
    identities,
    photos,
    seed,
    size,
    firstIdentity: values["first-identity"],
    workers: values.threads ?? usableCores(),
    signal,
    onProgress: ({ done }) => progress.update(done),
  });
  progress.end();
  if (cropsDir !== undefined) {
    const [height, width] = values["image-size"];
    const noise = { pixels: (values["landmark-noise"] * size) / 128, seed };
    await alignByTruth(outputDir, cropsDir, { height, width }, { reporter, signal }, noise);
  }
  return { outputDir, photos: identities * photos, ...(cropsDir !== undefined && { cropsDir }) };
}

async function makeScenes(
  { scenes = 1, faces, seed, "output-dir": outputDir }: Values,
  context: CommandContext,
) {
  const { reporter, signal } = context;
  const progress = reporter.progress("draw", scenes, "scenes");
  await generateScenes(outputDir, {
    scenes,
    faces,
    seed,
    signal,
    onProgress: ({ done }) => progress.update(done),
  });
  progress.end();
  return { outputDir, photos: scenes };
}
