import type { Path } from "../drawing/path.ts";
import { cosDegrees, sinDegrees } from "../numbers/turn.ts";

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
    for (let i = 0; i < path.length; i += 2) {
      const point = this.point(path[i], path[i + 1], lift);
      out.push(point[0], point[1]);
    }
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
      const along = y * this.#pitch[0] + forward * this.#pitch[1];
      const point = this.#place(x * wide + forward * sin, along, forward);
      out.push(point[0], point[1]);
    }
    return out;
  }

  /** The light's and the surface's common frame: a picture point in head units, unrolled. */
  unplace(px: number, py: number): [number, number] {
    const { x, y, scale } = this.pose;
    const cos = this.#roll[0];
    const sin = this.#roll[1];
    const dx = (px - x) / scale;
    const dy = (py - y) / scale;
    return [dx * cos + dy * sin, dy * cos - dx * sin];
  }

  /**
   * Where the line of sight through a picture point, in the frame of `unplace`, meets the ellipsoid on which
   * the features lie, or passes it nearest: x, y and z in head units, into `out`. Perspective is left out.
   */
  meet(u: number, v: number, out: Float64Array): void {
    // Called for every pixel of a face: reading pairs by place is several times as fast as taking them apart.
    const cosYaw = this.#yaw[0];
    const sinYaw = this.#yaw[1];
    const cosPitch = this.#pitch[0];
    const sinPitch = this.#pitch[1];
    // The line is p + q·t, in the head's own frame, scaled so that the ellipsoid is the unit sphere.
    const px = (u * cosYaw - sinYaw * v * sinPitch) / HALF_WIDTH;
    const py = (v * cosPitch) / HALF_HEIGHT;
    const pz = (u * sinYaw + cosYaw * v * sinPitch) / HALF_DEPTH;
    const qx = (-sinYaw * cosPitch) / HALF_WIDTH;
    const qy = -sinPitch / HALF_HEIGHT;
    const qz = (cosYaw * cosPitch) / HALF_DEPTH;
    const a = qx * qx + qy * qy + qz * qz;
    const b = px * qx + py * qy + pz * qz;
    const c = px * px + py * py + pz * pz - 1;
    const t = (Math.sqrt(Math.max(0, b * b - a * c)) - b) / a;
    out[0] = (px + qx * t) * HALF_WIDTH;
    out[1] = (py + qy * t) * HALF_HEIGHT;
    out[2] = (pz + qz * t) * HALF_DEPTH;
  }

  /**
   * The direction that the surface faces at a point of `meet`, in the picture's frame (x right, y down, z to the
   * viewer), where it rises by `slopeX` and `slopeY`: a unit vector, into `out`.
   */
  normal(at: Float64Array, slopeX: number, slopeY: number, out: Float64Array): void {
    const ez = at[2] / (HALF_DEPTH * HALF_DEPTH);
    const x = at[0] / (HALF_WIDTH * HALF_WIDTH) - slopeX * ez;
    const y = at[1] / (HALF_HEIGHT * HALF_HEIGHT) - slopeY * ez;
    const x1 = x * this.#yaw[0] + ez * this.#yaw[1];
    const z1 = ez * this.#yaw[0] - x * this.#yaw[1];
    const y1 = y * this.#pitch[0] + z1 * this.#pitch[1];
    const z2 = z1 * this.#pitch[0] - y * this.#pitch[1];
    const length = Math.sqrt(x1 * x1 + y1 * y1 + z2 * z2);
    out[0] = x1 / length;
    out[1] = y1 / length;
    out[2] = z2 / length;
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
    const cos = this.#roll[0];
    const sin = this.#roll[1];
    const size = pose.scale * (1 + pose.perspective * (z - 0.4));
    return [pose.x + size * (x * cos - y * sin), pose.y + size * (x * sin + y * cos)];
  }
}
