import type { AlignOutcome } from "./align-outcome.ts";
import { writeManifest } from "./manifest.ts";

/** After so many outcomes the manifest is written anew, so that a killed run loses little … */
const EVERY = 100;
/** … unless writing would then take more than this share of the time. */
const SHARE = 0.05;

/** What a run did so far and what earlier ones did to other photos, on disk as a manifest. */
export class ManifestLog {
  readonly #path: string;
  #earlier: readonly AlignOutcome[];
  readonly #done: AlignOutcome[] = [];
  #written = 0;
  #writing = 0;
  #writtenAt = performance.now();

  constructor(path: string, earlier: readonly AlignOutcome[]) {
    this.#path = path;
    this.#earlier = earlier;
  }

  /** All outcomes, those of this run first. */
  get outcomes(): AlignOutcome[] {
    const paths = new Set(this.#done.map(({ path }) => path));
    return [...this.#done, ...this.#earlier.filter(({ path }) => !paths.has(path))];
  }

  /** Adds all outcomes of a photo. */
  async add(outcomes: readonly AlignOutcome[]): Promise<void> {
    this.#done.push(...outcomes);
    const isDue = this.#done.length - this.#written >= EVERY;
    if (isDue && performance.now() - this.#writtenAt >= this.#writing / SHARE) await this.write();
  }

  /** Forgets what earlier runs did to photos that are gone. */
  forget(paths: readonly string[]): void {
    const gone = new Set(paths);
    this.#earlier = this.#earlier.filter(({ path }) => !gone.has(path));
  }

  /** Writes the manifest, whole or not at all. */
  async write(): Promise<void> {
    const start = performance.now();
    await writeManifest(this.#path, this.outcomes);
    this.#written = this.#done.length;
    this.#writtenAt = performance.now();
    this.#writing = this.#writtenAt - start;
  }
}
