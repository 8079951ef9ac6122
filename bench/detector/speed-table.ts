import { availableParallelism } from "node:os";
import { join } from "node:path";
import { detectFaces } from "@amface/align";
import { type RgbImage, readImage } from "@amface/images";
import { alignPart } from "../align-part.ts";
import { type Detectors, OPTIONS, SIDES, type Side } from "./sides.ts";
import { median, type Table } from "./table.ts";

/** Photos a round. */
const PHOTOS = 300;

interface Round {
  /** Photos a second. */
  readonly rate: number;
  /** Milliseconds of processor time a photo, of all threads: what other work on the machine disturbs less. */
  readonly cpu: number;
}

/** Both detectors in turns on the same photos: `alignFolder`, and `detectFaces` alone in one thread. */
export async function speedTable(
  detectors: Detectors,
  inputDir: string,
  files: readonly string[],
  rounds: number,
): Promise<Table> {
  const count = Math.max(rounds + 1, Math.floor(files.length / PHOTOS));
  const align = (side: Side, index: number) =>
    alignPart({ inputDir, detector: detectors[side], shard: { index: index + 1, count } });
  const images: RgbImage[] = [];
  const every = Math.ceil(files.length / PHOTOS);
  for (const file of files.filter((_, i) => i % every === 0))
    images.push(await readImage(join(inputDir, file)));
  const detect = (side: Side) => {
    const start = performance.now();
    for (const image of images) detectFaces(detectors[side], image, OPTIONS);
    return { rate: images.length / ((performance.now() - start) / 1000), photos: images.length };
  };
  return {
    title: `Photos of LFW a second, medians of ${rounds} rounds, in turns`,
    columns: [
      "what",
      ...SIDES.map((side) => ({ name: `${side}, photos/s`, digits: 1 })),
      { name: "ratio", digits: 2 },
      "single rounds",
      ...SIDES.map((side) => ({ name: `${side}, ms of processor`, digits: 2 })),
      { name: "ratio", digits: 2 },
    ],
    rows: [
      row(`alignFolder, ${availableParallelism()} threads`, await inTurns(rounds, align)),
      row("detectFaces, 1 thread", await inTurns(rounds, async (side) => detect(side))),
    ],
  };
}

/** Each round both sides, which of them first by turns; a round before warms up. */
async function inTurns(
  rounds: number,
  run: (side: Side, round: number) => Promise<{ rate: number; photos: number }>,
): Promise<Record<Side, Round[]>> {
  const result: Record<Side, Round[]> = { ours: [], reference: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const side of round % 2 === 0 ? SIDES : SIDES.toReversed()) {
      const before = process.cpuUsage();
      const { rate, photos } = await run(side, round);
      const { user, system } = process.cpuUsage(before);
      if (round > 0) result[side].push({ rate, cpu: (user + system) / 1000 / photos });
    }
    if (round > 0) console.error(`speed: round ${round} of ${rounds}`);
  }
  return result;
}

function row(what: string, { ours, reference }: Record<Side, Round[]>) {
  const ratios = ours.map(({ rate }, i) => rate / reference[i].rate);
  return [
    what,
    median(ours.map(({ rate }) => rate)),
    median(reference.map(({ rate }) => rate)),
    median(ratios),
    `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`,
    median(ours.map(({ cpu }) => cpu)),
    median(reference.map(({ cpu }) => cpu)),
    median(ours.map(({ cpu }, i) => reference[i].cpu / cpu)),
  ];
}
