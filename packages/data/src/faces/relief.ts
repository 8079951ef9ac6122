import { EYE_Y, type FaceIdentity } from "./face-identity.ts";
import type { PhotoConditions } from "./photo-conditions.ts";

/** Side of a cell of the grid, in head units: about a pixel of a face 80 pixels wide. */
const CELL = 0.025;
const HALF_COLS = 38;
const HALF_ROWS = 48;
const COLS = 2 * HALF_COLS + 1;
const ROWS = 2 * HALF_ROWS + 1;

/** What `Relief.at` finds at a place of the face. */
export interface ReliefSample {
  /** How much higher the surface gets a head unit to the right, and downwards. */
  slopeX: number;
  slopeY: number;
  /** The share of the surrounding light that reaches the place, 0..1: less in a hollow. */
  open: number;
  /** What the skin's colour is multiplied with. */
  tone: number;
}

/**
 * The heights of a face over the ellipsoid on which its features lie, as a grid in head units: brow, sockets,
 * nose, cheeks, lips, chin and wrinkles. Light needs their slopes, and how hollow a place is.
 */
export class Relief {
  readonly #height = new Float32Array(COLS * ROWS);
  readonly #slopeX = new Float32Array(COLS * ROWS);
  readonly #slopeY = new Float32Array(COLS * ROWS);
  readonly #open = new Float32Array(COLS * ROWS);
  readonly #tone = new Float32Array(COLS * ROWS).fill(1);

  constructor(who: FaceIdentity, { expression }: PhotoConditions) {
    const { relief } = who;
    const smile = Math.max(0, expression.smile);
    this.#nose(who);
    for (const side of [-1, 1]) {
      const x = side * who.eye.x;
      const brow = EYE_Y - who.brow.gap - expression.raise;
      this.#bump(x * 0.85, EYE_Y - 0.03, 0.27, 0.2, -relief.socket);
      this.#bump(x, EYE_Y, who.eye.width * 1.1, 0.13, relief.socket * 0.75);
      this.#bump(x * 0.9, brow, 0.3, 0.12, relief.brow);
      this.#bump(side * 0.5, 0.2 - 0.05 * smile, 0.3, 0.24, relief.cheek + 0.05 * smile);
      this.#bump(side * 0.42, 0.52, 0.22, 0.3, -relief.hollow);
      this.#bump(side * (who.mouth.width + 0.09), who.mouth.y - 0.04, 0.08, 0.17, -0.03 * smile);
    }
    const { mouth } = who;
    const gap = expression.open * 0.2;
    this.#bump(0, mouth.y - mouth.upper, mouth.width * 0.95, mouth.upper + 0.05, 0.035);
    this.#bump(0, mouth.y + gap + mouth.lower * 0.6, mouth.width * 0.8, mouth.lower + 0.03, 0.045);
    this.#bump(0, mouth.y + gap + mouth.lower + 0.1, 0.26, 0.09, -0.035);
    this.#bump(0, (who.nose.y + mouth.y) / 2 + 0.02, 0.06, 0.1, -0.02);
    this.#bump(0, who.face.chin - 0.13, 0.22, 0.16, relief.chin);
    for (let i = 0; i < 3; i++) this.#bump(0, -0.42 - 0.11 * i, 0.6, 0.035, -0.011 * who.wrinkles);
    for (const { x, y, rx, ry, amount, height } of who.patches) {
      this.#add(this.#tone, x, y, rx, ry, amount);
      for (const side of [-1, 1]) this.#bump(side * x, y, rx, ry, height);
    }
    this.#slopes();
    this.#hollows();
  }

  /** The relief at a place of the face, in head units, into `out`; flat beyond the grid. */
  at(x: number, y: number, out: ReliefSample): void {
    const col = x / CELL + HALF_COLS;
    const row = y / CELL + HALF_ROWS;
    const left = Math.floor(col);
    const top = Math.floor(row);
    if (left < 0 || top < 0 || left >= COLS - 1 || top >= ROWS - 1) {
      out.slopeX = 0;
      out.slopeY = 0;
      out.open = 1;
      out.tone = 1;
      return;
    }
    const i = top * COLS + left;
    const s = col - left;
    const t = row - top;
    out.slopeX = between(this.#slopeX, i, s, t);
    out.slopeY = between(this.#slopeY, i, s, t);
    out.open = between(this.#open, i, s, t);
    out.tone = between(this.#tone, i, s, t);
  }

  /** A ridge that rises from between the eyes to the tip and falls to the lip, and two wings. */
  #nose({ nose }: FaceIdentity): void {
    const top = EYE_Y - 0.12;
    const end = nose.y + 0.11;
    const from = Math.ceil(top / CELL) + HALF_ROWS;
    const to = Math.floor(end / CELL) + HALF_ROWS;
    for (let row = from; row <= to; row++) {
      const y = (row - HALF_ROWS) * CELL;
      const t = (y - top) / (nose.y - top);
      const past = Math.max(0, (y - nose.y + 0.03) / (end - nose.y + 0.03));
      const rise = nose.height * (0.08 + 0.25 * t + 0.3 * t * t) * (1 - past * past) * (1 - past * past);
      const half = nose.bridge * 1.8 + 0.03 + (nose.width - nose.bridge) * t * t * 0.9;
      for (let col = 0; col < COLS; col++) {
        const u = ((col - HALF_COLS) * CELL) / half;
        const q = 1 - u * u;
        if (q > 0) this.#height[row * COLS + col] += rise * q * q;
      }
    }
    this.#bump(0, nose.y - 0.015, 0.1 + 0.05 * nose.round, 0.11, 0.05 + 0.03 * nose.round);
    for (const side of [-1, 1]) this.#bump(side * nose.width * 0.8, nose.y + 0.005, 0.09, 0.09, 0.05);
  }

  #bump(x: number, y: number, rx: number, ry: number, height: number): void {
    this.#add(this.#height, x, y, rx, ry, height);
  }

  /** Adds `amount · (1 − r²)²` inside an ellipse. */
  #add(grid: Float32Array, x: number, y: number, rx: number, ry: number, amount: number): void {
    if (amount === 0) return;
    const top = Math.max(0, Math.ceil((y - ry) / CELL) + HALF_ROWS);
    const bottom = Math.min(ROWS - 1, Math.floor((y + ry) / CELL) + HALF_ROWS);
    const left = Math.max(0, Math.ceil((x - rx) / CELL) + HALF_COLS);
    const right = Math.min(COLS - 1, Math.floor((x + rx) / CELL) + HALF_COLS);
    for (let row = top; row <= bottom; row++) {
      const v = ((row - HALF_ROWS) * CELL - y) / ry;
      for (let col = left; col <= right; col++) {
        const u = ((col - HALF_COLS) * CELL - x) / rx;
        const q = 1 - u * u - v * v;
        if (q > 0) grid[row * COLS + col] += amount * q * q;
      }
    }
  }

  /** Slopes by central differences; none at the grid's edge. */
  #slopes(): void {
    for (let row = 1; row < ROWS - 1; row++) {
      for (let i = row * COLS + 1; i < (row + 1) * COLS - 1; i++) {
        this.#slopeX[i] = (this.#height[i + 1] - this.#height[i - 1]) / (2 * CELL);
        this.#slopeY[i] = (this.#height[i + COLS] - this.#height[i - COLS]) / (2 * CELL);
      }
    }
  }

  /** A place is the more hollow the lower it lies under the mean of its surroundings. */
  #hollows(): void {
    const mean = this.#height.slice();
    for (let pass = 0; pass < 2; pass++) {
      meanAlong(mean, ROWS, COLS, COLS, 1);
      meanAlong(mean, COLS, 1, ROWS, COLS);
    }
    for (let i = 0; i < mean.length; i++) {
      const depth = mean[i] - this.#height[i];
      this.#open[i] = depth > 0 ? 1 / (1 + 14 * depth) : 1;
    }
  }
}

/** Cells on each side of a cell that count as its surroundings. */
const REACH = 4;

/** Replaces every value of `lines` lines of `n` values by the mean of itself and its neighbours along the line. */
function meanAlong(grid: Float32Array, lines: number, lineStep: number, n: number, step: number): void {
  const sums = new Float64Array(n + 1);
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    for (let i = 0; i < n; i++) sums[i + 1] = sums[i] + grid[start + i * step];
    for (let i = 0; i < n; i++) {
      const from = Math.max(0, i - REACH);
      const to = Math.min(n, i + REACH + 1);
      grid[start + i * step] = (sums[to] - sums[from]) / (to - from);
    }
  }
}

function between(grid: Float32Array, i: number, s: number, t: number): number {
  const upper = grid[i] + s * (grid[i + 1] - grid[i]);
  const lower = grid[i + COLS] + s * (grid[i + COLS + 1] - grid[i + COLS]);
  return upper + t * (lower - upper);
}
