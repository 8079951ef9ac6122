import { setTimeout as rest } from "node:timers/promises";
import type { Page } from "playwright-core";
import { type Frame, HEIGHT, LARGE, type Score, scoreOf, WIDTH } from "./frames.ts";
import type { FoundFace, Seen } from "./page-frames.ts";

/** Median over all rounds but the first, and the lowest and highest of single rounds' medians; seconds. */
export interface Taken {
  readonly median: number;
  readonly rounds: readonly [lowest: number, highest: number];
}

export interface Row {
  readonly side: string;
  readonly scenes?: Taken;
  readonly photos?: Taken;
  /** A face. */
  readonly embedding?: Taken;
  readonly score: Score;
}

export interface RoundOptions {
  readonly sides: readonly string[];
  readonly rounds: number;
  pageOf(side: string): Page;
  /** Frames of each set whose faces are embedded. */
  readonly embed: number;
}

/** What a side found and took. */
class Side {
  readonly found = new Map<string, readonly FoundFace[]>();
  /** By set, a list a round. */
  readonly seconds: Record<Frame["set"] | "embedding", number[][]> = {
    scenes: [],
    photos: [],
    embedding: [],
  };

  add(round: number, set: keyof Side["seconds"], ...seconds: number[]): void {
    this.seconds[set][round] ??= [];
    this.seconds[set][round].push(...seconds);
  }
}

const median = (numbers: readonly number[]) =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

function takenOf(rounds: readonly (readonly number[])[]): Taken | undefined {
  const warm = rounds.slice(1).filter((seconds) => seconds?.length > 0);
  if (warm.length === 0) return undefined;
  const medians = warm.map(median);
  return { median: median(warm.flat()), rounds: [Math.min(...medians), Math.max(...medians)] };
}

/** Looks at all frames with each side in turn, round for round. */
export async function measureRounds(frames: readonly Frame[], options: RoundOptions): Promise<Row[]> {
  const { sides, rounds, pageOf, embed } = options;
  const seen = new Map(sides.map((side) => [side, new Side()]));
  const embedded = (["scenes", "photos"] as const).flatMap((set) =>
    frames.filter((frame) => frame.set === set).slice(0, embed),
  );
  for (let round = 0; round < rounds; round++) {
    for (const [side, record] of seen) {
      const call = <T>(what: string, { name }: Frame) =>
        pageOf(side).evaluate<T>(
          `${what}(${JSON.stringify(side)}, ${JSON.stringify(name)}, ${WIDTH}, ${HEIGHT})`,
        );
      await pageOf(side).bringToFront();
      // Threads of the side before spin for a while.
      await rest(500);
      for (const frame of frames) {
        const { seconds, faces } = await call<Seen>("see", frame);
        record.add(round, frame.set, seconds);
        record.found.set(frame.name, faces);
      }
      if (!EMBEDDING.has(side)) continue;
      for (const frame of embedded) record.add(round, "embedding", ...(await call<number[]>("embed", frame)));
    }
  }
  return [...seen].map(([side, { seconds, found }]) => ({
    side,
    scenes: takenOf(seconds.scenes),
    photos: takenOf(seconds.photos),
    embedding: takenOf(seconds.embedding),
    score: scoreOf(frames, found),
  }));
}

/** Of sides that embed with the same net on the same engine one is enough. */
const EMBEDDING: ReadonlySet<string> = new Set(["amface", "amface-onnx", "face-api-ssd"]);

/** Prints a Markdown table that can be pasted as it is. */
export function printRows(rows: readonly Row[]): void {
  const ms = (seconds: number) => (1000 * seconds).toFixed(0);
  const time = (taken?: Taken) =>
    taken ? `${ms(taken.median)} (${taken.rounds.map(ms).join(" to ")})` : "–";
  const rate = (taken?: Taken) => (taken ? `${time(taken)}, ${(1 / taken.median).toFixed(1)} a second` : "–");
  const of = ({ found, all }: { found: number; all: number }) => (all > 0 ? `${found} of ${all}` : "–");
  console.log(
    `| side | ms a scene (single rounds) | ms a photo | ms a face's embedding | faces of scenes found | … of ${LARGE} pixels or more | other boxes | photos with a face in the middle |`,
  );
  console.log(`|${" --- |".repeat(8)}`);
  for (const { side, scenes, photos, embedding, score } of rows) {
    const cells = [side, rate(scenes), rate(photos), time(embedding)];
    cells.push(of(score.faces), of(score.large), String(score.others), of(score.middles));
    console.log(`| ${cells.join(" | ")} |`);
  }
}
