import type { Path } from "./path.ts";
import { cosDegrees, sinDegrees } from "./turn.ts";

/** How a head stands before the camera. Angles in degrees. */
export interface HeadPose {
  /** Turn to the picture's right. */
  readonly yaw: number;
  /** Nod downwards. */
  readonly pitch: number;
  /** Tilt clockwise. */
  readonly roll: number;
  /** Pixels a head unit (about half a face's height). */
  readonly scale: number;
  /** Where the head's centre falls, in pixels. */
  readonly x: number;
  readonly y: number;
  /** How much nearer parts grow: 0 from afar, 0.15 at arm's length. */
  readonly perspective: number;
}

// Half axes of the ellipsoid on which a face's features lie, in head units.
const HALF_WIDTH = 0.92;
const HALF_HEIGHT = 1.35;
const HALF_DEPTH = 0.68;

/**
 * Projects points of a head onto the picture. A face is drawn as seen from the front, in head units: x to
 * the picture's right, y down, the origin between and just below the eyes. The pose lifts each point onto
 * an ellipsoid, turns it and projects it.
 */
export class HeadProjection {
  readonly pose: HeadPose;
  readonly #yaw: readonly [number, number];
  readonly #pitch: readonly [number, number];
  readonly #roll: readonly [number, number];

  constructor(pose: HeadPose) {
    this.pose = pose;
    this.#yaw = [cosDegrees(pose.yaw), sinDegrees(pose.yaw)];
    this.#pitch = [cosDegrees(pose.pitch), sinDegrees(pose.pitch)];
    this.#roll = [cosDegrees(pose.roll), sinDegrees(pose.roll)];
  }

  /** A point of the face in pixels; `lift` raises it above the surface (a nose). */
  point(x: number, y: number, lift = 0): [number, number] {
    const u = x / HALF_WIDTH;
    const v = y / HALF_HEIGHT;
    const inside = 1 - u * u - v * v;
    return this.#turn(x, y, lift + (inside > 0 ? HALF_DEPTH * Math.sqrt(inside) : 0));
  }

  /** Points of the face, as `point` places them. */
  surface(path: Path, lift = 0): number[] {
    const out: number[] = [];
    for (let i = 0; i < path.length; i += 2) out.push(...this.point(path[i], path[i + 1], lift));
    return out;
  }

  /**
   * Points of the head's outline (`depth` 0) or of what is farther forward or back than it. The outline of
   * a round thing does not narrow as it turns, so x keeps its length.
   */
  rim(path: Path, depth = 0): number[] {
    const out: number[] = [];
    const [cos, sin] = this.#yaw;
    for (let i = 0; i < path.length; i += 2) {
      const x = path[i];
      const y = path[i + 1];
      // The chin lies farther forward than the ears.
      const forward = depth + 0.2 + (y > 0 ? 0.22 * y : 0);
      const wide = Math.sqrt(cos * cos + 0.9 * sin * sin);
      out.push(
        ...this.#place(x * wide + forward * sin, y * this.#pitch[0] + forward * this.#pitch[1], forward),
      );
    }
    return out;
  }

  /** The light's and the surface's common frame: a picture point in head units, unrolled. */
  unplace(px: number, py: number): [number, number] {
    const { x, y, scale } = this.pose;
    const [cos, sin] = this.#roll;
    const dx = (px - x) / scale;
    const dy = (py - y) / scale;
    return [dx * cos + dy * sin, dy * cos - dx * sin];
  }

  #turn(x: number, y: number, z: number): [number, number] {
    const x1 = x * this.#yaw[0] + z * this.#yaw[1];
    const z1 = z * this.#yaw[0] - x * this.#yaw[1];
    return this.#place(
      x1,
      y * this.#pitch[0] + z1 * this.#pitch[1],
      z1 * this.#pitch[0] - y * this.#pitch[1],
    );
  }

  #place(x: number, y: number, z: number): [number, number] {
    const { pose } = this;
    const [cos, sin] = this.#roll;
    const size = pose.scale * (1 + pose.perspective * (z - 0.4));
    return [pose.x + size * (x * cos - y * sin), pose.y + size * (x * sin + y * cos)];
  }
}
