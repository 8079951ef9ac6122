import { access } from "node:fs/promises";
import { join } from "node:path";
import { type Face, readManifest } from "@amface/align";
import { nameKey } from "@amface/files";

/** How a face stands in its photo, by its landmarks. */
export interface FacePose {
  /** Where the nose stands along the line through the eyes: 0 between them, -1 at the left, 1 at the right eye. */
  readonly turn: number;
  /** Angle of that line, degrees. */
  readonly tilt: number;
  /** Distance of the eyes, pixels. */
  readonly eyes: number;
}

/** Counts of poses. */
export interface PoseCounts {
  /** Photos whose landmarks are known. */
  readonly measured: number;
  /** The nose within a fifth of the way from the middle to an eye, within half of it, or farther out. */
  readonly frontal: number;
  readonly turned: number;
  readonly profile: number;
  /** Eyes more than 20° from the horizontal. */
  readonly tilted: number;
  readonly medianEyes: number;
}

const [FRONTAL, TURNED, TILTED] = [0.2, 0.5, 20];

export function poseOf({ landmarks: [left, right, nose] }: Pick<Face, "landmarks">): FacePose {
  const [x, y] = [right[0] - left[0], right[1] - left[1]];
  const eyes = Math.hypot(x, y);
  const along = (nose[0] - (left[0] + right[0]) / 2) * x + (nose[1] - (left[1] + right[1]) / 2) * y;
  return { turn: (2 * along) / eyes ** 2, tilt: (Math.atan2(y, x) * 180) / Math.PI, eyes };
}

/** Counts poses; `undefined` where there are none. */
export function countPoses(poses: readonly FacePose[]): PoseCounts | undefined {
  if (poses.length === 0) return undefined;
  const turns = poses.map(({ turn }) => Math.abs(turn));
  const eyes = poses.map((pose) => pose.eyes).sort((a, b) => a - b);
  return {
    measured: poses.length,
    frontal: turns.filter((turn) => turn <= FRONTAL).length,
    turned: turns.filter((turn) => turn > FRONTAL && turn <= TURNED).length,
    profile: turns.filter((turn) => turn > TURNED).length,
    tilted: poses.filter(({ tilt }) => Math.abs(tilt) > TILTED).length,
    medianEyes: eyes[eyes.length >> 1],
  };
}

/**
 * Poses of crops by their paths, as align's manifest tells their landmarks.
 *
 * @param manifest `manifest.csv` in the folder when left out; none are known where that is missing.
 * @throws {Error} When a manifest was given that is not there.
 */
export async function readPoses(
  dir: string,
  paths: readonly string[],
  manifest?: string,
): Promise<Map<string, FacePose>> {
  if (manifest !== undefined) {
    await access(manifest).catch((cause: Error) => {
      throw new Error(`Cannot read the manifest ${manifest}: expected a file, got ${cause.message}`, {
        cause,
      });
    });
  }
  const known = new Map(paths.map((path) => [nameKey(path), path]));
  return new Map(
    (await readManifest(manifest ?? join(dir, "manifest.csv"))).flatMap(({ crop, face }) => {
      const path = crop === undefined ? undefined : known.get(nameKey(crop));
      return path !== undefined && face !== undefined ? [[path, poseOf(face)] as const] : [];
    }),
  );
}
