import { cosDegrees, sinDegrees } from "../numbers/turn.ts";

/** A polygon or polyline as x0, y0, x1, y1, … */
export type Path = readonly number[];

/** A smooth closed curve through `points` (Catmull-Rom), as a polygon of `steps` edges a point. */
export function smoothLoop(points: Path, steps = 4): number[] {
  const n = points.length / 2;
  const out: number[] = [];
  for (let i = 0; i < n; i++) {
    const a = 2 * ((i + n - 1) % n);
    const b = 2 * i;
    const c = 2 * ((i + 1) % n);
    const d = 2 * ((i + 2) % n);
    curve(points, a, b, c, d, steps, out);
  }
  return out;
}

/** A smooth open curve through `points`, as a polyline that holds both ends. */
export function smoothLine(points: Path, steps = 4): number[] {
  const last = points.length - 2;
  const out: number[] = [];
  for (let b = 0; b < last; b += 2) {
    curve(points, Math.max(0, b - 2), b, b + 2, Math.min(last, b + 4), steps, out);
  }
  out.push(points[last], points[last + 1]);
  return out;
}

/** An ellipse as a polygon of `n` corners, turned by `angle` degrees. */
export function ellipse(x: number, y: number, rx: number, ry: number, angle = 0, n = 20): number[] {
  const cos = cosDegrees(angle);
  const sin = sinDegrees(angle);
  const out: number[] = [];
  for (let i = 0; i < n; i++) {
    const u = rx * cosDegrees((360 * i) / n);
    const v = ry * sinDegrees((360 * i) / n);
    out.push(x + u * cos - v * sin, y + u * sin + v * cos);
  }
  return out;
}

/**
 * The outline of a line drawn with a brush: `width(t)` is its full width at t from 0 (start) to 1 (end),
 * in the line's own unit.
 */
export function stroke(line: Path, width: (t: number) => number): number[] {
  const last = line.length - 2;
  const there: number[] = [];
  const back: number[] = [];
  for (let i = 0; i <= last; i += 2) {
    const p = Math.max(0, i - 2);
    const q = Math.min(last, i + 2);
    const dx = line[q] - line[p];
    const dy = line[q + 1] - line[p + 1];
    const scale = width(i / last) / 2 / Math.max(1e-9, Math.sqrt(dx * dx + dy * dy));
    there.push(line[i] - dy * scale, line[i + 1] + dx * scale);
    back.push(line[i + 1] - dx * scale, line[i] + dy * scale);
  }
  return there.concat(back.reverse());
}

/** A path drawn the other way round: what makes a loop inside another one a hole. */
export function reversed(path: Path): number[] {
  const out: number[] = [];
  for (let i = path.length - 2; i >= 0; i -= 2) out.push(path[i], path[i + 1]);
  return out;
}

/** The area inside a closed path. */
export function areaOf(path: Path): number {
  let twice = 0;
  for (let i = 0; i < path.length; i += 2) {
    const j = (i + 2) % path.length;
    twice += path[i] * path[j + 1] - path[j] * path[i + 1];
  }
  return Math.abs(twice) / 2;
}

/** A path with its x mirrored, drawn the same way round as before. */
export function mirror(path: Path): number[] {
  const out: number[] = [];
  for (let i = path.length - 2; i >= 0; i -= 2) out.push(-path[i], path[i + 1]);
  return out;
}

/** One span of a Catmull-Rom spline, from point `b` up to but without point `c`. */
function curve(p: Path, a: number, b: number, c: number, d: number, steps: number, out: number[]): void {
  for (let k = 0; k < steps; k++) {
    const t = k / steps;
    for (let axis = 0; axis < 2; axis++) {
      const [pa, pb, pc, pd] = [p[a + axis], p[b + axis], p[c + axis], p[d + axis]];
      const slope = (pc - pa) / 2;
      const next = (pd - pb) / 2;
      const rest = pc - pb - slope;
      const bend = next - slope - 2 * rest;
      out.push(pb + t * (slope + t * (rest - bend + t * bend)));
    }
  }
}
