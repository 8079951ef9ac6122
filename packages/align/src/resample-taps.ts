/**
 * How the samples of one axis make those of a resampled axis: target `t` is the sum of
 * `weights[k] * source[sources[k]]` over `k` in `starts[t] … starts[t + 1] - 1`, for which `sources[k]`
 * rises by one with each `k`.
 */
export interface Taps {
  starts: Int32Array;
  sources: Int32Array;
  weights: Float64Array;
}

/** Fractions of a pixel up to this are taken for rounding, as OpenCV's `INTER_AREA` does. */
const SLIVER = 1e-3;

/**
 * Taps that shrink an axis by area averaging: every target sample is the mean of the stretch of source
 * samples that it covers, those at the two ends counted by the part that is covered.
 *
 * @param sourceSize Length of the source axis, at least `targetSize`.
 */
export function areaTaps(sourceSize: number, targetSize: number): Taps {
  const scale = sourceSize / targetSize;
  const taps = new TapsBuilder(targetSize);
  for (let t = 0; t < targetSize; t++) {
    const begin = t * scale;
    const width = Math.min(scale, sourceSize - begin);
    const last = Math.min(Math.floor(begin + scale), sourceSize - 1);
    const first = Math.min(Math.ceil(begin), last);
    if (first - begin > SLIVER) taps.add(first - 1, (first - begin) / width);
    for (let s = first; s < last; s++) taps.add(s, 1 / width);
    const rest = begin + scale - last;
    if (rest > SLIVER) taps.add(last, Math.min(rest, 1, width) / width);
    taps.next();
  }
  return taps.finish();
}

/**
 * Taps that stretch an axis as OpenCV's `INTER_AREA` does where it does not shrink: linear between two
 * neighbours, with the blend confined to the target samples that straddle their border, so that source
 * samples keep flat areas of the size of the scale.
 */
function stretchTaps(sourceSize: number, targetSize: number): Taps {
  const scale = sourceSize / targetSize;
  const taps = new TapsBuilder(targetSize);
  for (let t = 0; t < targetSize; t++) {
    const s = Math.floor(t * scale);
    const overlap = t + 1 - (s + 1) / scale;
    const blend = overlap <= 0 ? 0 : overlap - Math.floor(overlap);
    if (s >= sourceSize - 1) {
      taps.add(sourceSize - 1, 1);
    } else {
      taps.add(s, 1 - blend);
      if (blend > 0) taps.add(s + 1, blend);
    }
    taps.next();
  }
  return taps.finish();
}

const CACHED = 1024;
const cache = new Map<string, Taps>();

/** The taps for an axis; candidates of the same size come by the dozen, so the last ones are kept. */
export function tapsFor(sourceSize: number, targetSize: number, shrinks: boolean): Taps {
  const key = `${sourceSize} ${targetSize} ${shrinks}`;
  let taps = cache.get(key);
  if (!taps) {
    taps = (shrinks ? areaTaps : stretchTaps)(sourceSize, targetSize);
    if (cache.size >= CACHED) cache.clear();
    cache.set(key, taps);
  }
  return taps;
}

class TapsBuilder {
  readonly #starts: Int32Array;
  readonly #sources: number[] = [];
  readonly #weights: number[] = [];
  #target = 0;

  constructor(targets: number) {
    this.#starts = new Int32Array(targets + 1);
  }

  add(source: number, weight: number): void {
    this.#sources.push(source);
    this.#weights.push(weight);
  }

  next(): void {
    this.#starts[++this.#target] = this.#sources.length;
  }

  finish(): Taps {
    return {
      starts: this.#starts,
      sources: Int32Array.from(this.#sources),
      weights: Float64Array.from(this.#weights),
    };
  }
}
