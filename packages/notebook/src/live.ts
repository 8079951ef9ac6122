import { randomUUID } from "node:crypto";
import { displayBundle, type MimeBundle, pngBundle } from "./display.ts";
import { trackShow } from "./pending-shows.ts";
import { type Figure, type FigureSize, figurePng } from "./plotly-png.ts";

/** Milliseconds between two drawings: front ends redraw a figure as a whole. */
const EVERY_MS = 1000;

/** A place below the running cell whose content changes. */
class LivePlace {
  readonly #id = randomUUID();
  #shown = Number.NEGATIVE_INFINITY;

  /** Whether it is time to draw again. */
  get isDue(): boolean {
    return performance.now() - this.#shown >= EVERY_MS;
  }

  show(data: MimeBundle): Promise<void> | undefined {
    const sent = displayBundle(data, { id: this.#id, update: this.#shown > 0 });
    this.#shown = performance.now();
    return sent;
  }
}

/**
 * A line of text below the running cell that changes in place, such as a training's progress.
 *
 * ```ts
 * const line = new LiveText();
 * for (let step = 1; step <= steps; step++) line.update(`step ${step} of ${steps}`);
 * line.end();
 * ```
 */
export class LiveText {
  readonly #place = new LivePlace();
  #text = "";

  /**
   * Sets the text, which is shown at once the first time, and then about once a second.
   *
   * @throws {Error} Outside of a kernel.
   */
  update(text: string): void {
    this.#text = text;
    if (this.#place.isDue) this.#place.show({ "text/plain": text });
  }

  /** Shows the last text. */
  end(): void {
    this.#place.show({ "text/plain": this.#text });
  }
}

/**
 * A figure below the running cell that is drawn anew in place: interactive while it changes, and with a picture for
 * where only pictures show once it has ended.
 */
export class LiveFigure {
  readonly #make: () => Figure;
  readonly #size: FigureSize;
  readonly #place = new LivePlace();

  /** @param make Gives the figure as it now is; called for every drawing. */
  constructor(make: () => Figure, size: FigureSize = {}) {
    this.#make = make;
    this.#size = size;
  }

  /**
   * Draws the figure at once the first time, and then about once a second.
   *
   * @throws {Error} Outside of a kernel.
   */
  update(): void {
    if (this.#place.isDue) this.#place.show(plotlyBundle(this.#make()));
  }

  /** Draws the figure for the last time. The kernel waits for it where nobody does. */
  end(): Promise<void> {
    return trackShow(this.#end());
  }

  async #end(): Promise<void> {
    const figure = this.#make();
    await this.#place.show({ ...plotlyBundle(figure), ...pngBundle(await figurePng(figure, this.#size)) });
  }
}

function plotlyBundle({ data, layout = {} }: Figure): MimeBundle {
  return { "application/vnd.plotly.v1+json": { data, layout } };
}
