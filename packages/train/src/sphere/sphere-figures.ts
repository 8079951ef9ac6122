import type { Figure } from "@amface/loss";
import type { ToySphere } from "./toy-sphere.ts";

/** Okabe and Ito's colours (2008), told apart with any colour vision, and two greys. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999"];
const colourOf = (label: number) => COLOURS[label % COLOURS.length];
const round = (value: number) => Math.round(value * 1e3) / 1e3;
const titleOf = ({ margin, within, gap }: ToySphere) =>
  `m = ${margin}: within ${within.toFixed(0)}°, gap ${gap.toFixed(0)}°`;

/** Where the eye is at first, in the sphere's diameters. */
const CAMERA = { x: 1, y: 1, z: 0.6 };

/** The spheres as one interactive figure in three dimensions, with a slider over the margins. */
export function sphereFigure(spheres: readonly ToySphere[]): Figure {
  const points = spheres.map(({ points, labels }, i) => ({
    ...{ type: "scatter3d", mode: "markers", visible: i === 0, showlegend: false, hoverinfo: "text" },
    ...{
      x: points.map(([x]) => round(x)),
      y: points.map(([, y]) => round(y)),
      z: points.map(([, , z]) => round(z)),
    },
    text: labels.map((label) => `person ${label}`),
    marker: { size: 4, color: labels.map(colourOf) },
  }));
  const steps = spheres.map((sphere, shown) => ({
    label: String(sphere.margin),
    method: "update",
    args: [{ visible: [...spheres.map((_, i) => i === shown), true] }, { title: { text: titleOf(sphere) } }],
  }));
  const axis = { range: [-1, 1], visible: false };
  return {
    data: [...points, graticule()],
    layout: {
      title: { text: titleOf(spheres[0]) },
      scene: { ...{ xaxis: axis, yaxis: axis, zaxis: axis, aspectmode: "cube" }, camera: { eye: CAMERA } },
      sliders: [{ active: 0, currentvalue: { prefix: "margin m " }, steps }],
      height: 480,
      margin: { l: 20, r: 20, t: 40, b: 20 },
    },
  };
}

/** Meridians and parallels every 30 degrees, as one line with gaps. */
function graticule() {
  const line: Record<"x" | "y" | "z", (number | null)[]> = { x: [], y: [], z: [] };
  const add = (place: (t: number) => number[]) => {
    for (let t = 0; t <= 360; t += 10) {
      const [x, y, z] = place((t * Math.PI) / 180);
      line.x.push(round(x));
      line.y.push(round(y));
      line.z.push(round(z));
    }
    for (const values of Object.values(line)) values.push(null);
  };
  for (let at = 0; at < 180; at += 30) {
    const [cos, sin] = [Math.cos((at * Math.PI) / 180), Math.sin((at * Math.PI) / 180)];
    add((t) => [cos * Math.sin(t), sin * Math.sin(t), Math.cos(t)]);
    if (at > 0) add((t) => [sin * Math.cos(t), sin * Math.sin(t), cos]);
  }
  const style = { color: "#cccccc", width: 1 };
  return { type: "scatter3d", mode: "lines", ...line, line: style, hoverinfo: "skip", showlegend: false };
}

/** Columns of the panels. */
const COLUMNS = 3;

/**
 * The spheres as flat panels side by side, for pictures, all seen from the same side; points of the far half
 * are pale.
 */
export function spherePicture(spheres: readonly ToySphere[]): Figure {
  const rows = Math.ceil(spheres.length / COLUMNS);
  const layout: Record<string, unknown> = { width: 720, height: 240 * rows, showlegend: false };
  const shapes: object[] = [];
  const data = spheres.flatMap((sphere, i) => {
    const axis = i === 0 ? "" : String(i + 1);
    const [column, row] = [i % COLUMNS, Math.floor(i / COLUMNS)];
    // Room for the title above; one scale for both axes, so that the outline is a circle.
    const x = { range: [-1.25, 1.25], domain: share(column, COLUMNS), anchor: `y${axis}` };
    const y = { range: [-1.1, 1.4], domain: share(rows - 1 - row, rows), anchor: `x${axis}` };
    layout[`xaxis${axis}`] = { ...x, visible: false };
    layout[`yaxis${axis}`] = { ...y, visible: false, scaleanchor: `x${axis}` };
    const place = { xref: `x${axis}`, yref: `y${axis}` };
    const outline = { line: { color: "#999999", width: 1 }, layer: "below" };
    shapes.push({ type: "circle", ...place, x0: -1, x1: 1, y0: -1, y1: 1, ...outline });
    // Not an annotation: those are placed by the text's width, which needs a browser.
    const title = { type: "scatter", mode: "text", x: [0], y: [1.25], text: [titleOf(sphere)] };
    return [panel(sphere), title].map((trace) => ({ ...trace, xaxis: `x${axis}`, yaxis: `y${axis}` }));
  });
  return { data, layout: { ...layout, shapes, margin: { l: 5, r: 5, t: 5, b: 5 } } };
}

/** The part of an axis that the panel at `at` of `count` takes. */
const share = (at: number, count: number) => [at / count, (at + 0.98) / count];

function panel({ points, labels }: ToySphere) {
  const seen = points.map((point) => turn(point));
  return {
    ...{ type: "scatter", mode: "markers" },
    x: seen.map(([x]) => round(x)),
    y: seen.map(([, y]) => round(y)),
    marker: {
      size: 7,
      color: labels.map(colourOf),
      opacity: seen.map(([, , depth]) => (depth >= 0 ? 1 : 0.3)),
    },
  };
}

/** The point seen from above and from one side: right, up, towards the eye. */
function turn([x, y, z]: readonly number[]): [number, number, number] {
  const [a, b] = [Math.PI / 5, Math.PI / 6];
  const [right, away] = [x * Math.cos(a) + y * Math.sin(a), y * Math.cos(a) - x * Math.sin(a)];
  return [right, z * Math.cos(b) + away * Math.sin(b), z * Math.sin(b) - away * Math.cos(b)];
}
