import { chooseFace, type Detector, detectFaces, MIN_SHARPNESS, sharpness } from "@amface/align";
import { hashPhotos, type PhotoHash } from "@amface/data";
import type { CommandContext } from "../command/command.ts";
import { withProgress } from "../command/with-progress.ts";
import { type FacePose, poseOf } from "./face-poses.ts";

/** Photos of one size. */
export interface SizeCount {
  readonly width: number;
  readonly height: number;
  readonly photos: number;
}

/** What reading each photo once tells. */
export interface PhotoFacts {
  readonly hashes: readonly PhotoHash[];
  readonly unreadable: readonly string[];
  /** The most frequent first. */
  readonly sizes: readonly SizeCount[];
  readonly blur: { readonly measured: number; readonly limit: number; readonly blurred: readonly string[] };
  /** Poses of photos in which a detector that was given found a face. */
  readonly poses: ReadonlyMap<string, FacePose>;
}

/**
 * Reads the photos of a folder.
 *
 * @param detector Finds faces in the photos that `wanted` names.
 */
export async function readPhotoFacts(
  dir: string,
  paths: readonly string[],
  context: CommandContext,
  { detector, wanted }: { readonly detector?: Detector; readonly wanted?: (path: string) => boolean } = {},
): Promise<PhotoFacts> {
  const sizes = new Map<string, { width: number; height: number; photos: number }>();
  const blurred = new Set<number>();
  const poses = new Map<string, FacePose>();
  let measured = 0;
  const hashes = await withProgress(
    context,
    { title: "read", total: paths.length, unit: "photos" },
    (onProgress) =>
      hashPhotos(dir, paths, {
        onSkip: ({ error }) => context.reporter.warn(`Skipped: ${error.message}`),
        onImage(place, image) {
          const { width, height } = image;
          const size = sizes.get(`${width} ${height}`) ?? { width, height, photos: 0 };
          sizes.set(`${width} ${height}`, { ...size, photos: size.photos + 1 });
          if (height === 112 && (width === 96 || width === 112)) {
            measured++;
            if (sharpness(image) < MIN_SHARPNESS) blurred.add(place);
          }
          if (detector === undefined || wanted?.(paths[place]) === false) return;
          const face = chooseFace(detectFaces(detector, image), image);
          if (face !== undefined) poses.set(paths[place], poseOf(face));
        },
        onProgress,
      }),
  );
  const readable = new Set(hashes.map(({ path }) => path));
  return {
    hashes,
    unreadable: paths.filter((path) => !readable.has(path)),
    sizes: [...sizes.values()].sort((a, b) => b.photos - a.photos),
    blur: { measured, limit: MIN_SHARPNESS, blurred: paths.filter((_, place) => blurred.has(place)) },
    poses,
  };
}
