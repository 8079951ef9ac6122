/** A person of a gallery, by the photo that is nearest. */
export interface Match {
  readonly name: string;
  readonly path: string;
  /** Squared distance, 0 to 4. */
  readonly distance: number;
}

interface Candidate {
  readonly name: string;
  readonly path: string;
  readonly cosine: number;
}

/** The nearest people so far, each by the nearest photo: of equally near ones the first. */
export class NearestPeople {
  readonly #most: number;
  readonly #best: Candidate[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** What a cosine has to exceed to be of use. */
  get least(): number {
    return this.#best.length < this.#most ? Number.NEGATIVE_INFINITY : this.#best[this.#most - 1].cosine;
  }

  add(candidate: Candidate): void {
    const own = this.#best.findIndex(({ name }) => name === candidate.name);
    if (own >= 0) {
      if (this.#best[own].cosine >= candidate.cosine) return;
      this.#best.splice(own, 1);
    }
    const place = this.#best.findIndex(({ cosine }) => cosine < candidate.cosine);
    this.#best.splice(place < 0 ? this.#best.length : place, 0, candidate);
    if (this.#best.length > this.#most) this.#best.pop();
  }

  get matches(): Match[] {
    // Rounding can carry a cosine a little over 1.
    return this.#best.map(({ name, path, cosine }) => ({
      name,
      path,
      distance: Math.max(0, 2 - 2 * cosine),
    }));
  }
}
