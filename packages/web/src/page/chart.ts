import { shape } from "./element.ts";

/** Colours of the style sheet, told apart with any colour vision. */
const COLOURS = ["series-a", "series-b", "series-c"];
const WIDTH = 480;
const HEIGHT = 260;
const EDGE = { left: 52, right: 12, top: 30, bottom: 42 };

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface ChartOptions {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** From 0 to the largest value where left out. */
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number];
  /** Lines, or bars whose width is the distance of two points. */
  readonly kind: "lines" | "bars";
}

/** A chart of a few series, described in words by its title. */
export function chart(series: readonly Series[], { title, x, y, kind, ...ranges }: ChartOptions): SVGElement {
  const all = series.flatMap(({ points }) => points);
  const most = (axis: 0 | 1) => all.reduce((max, point) => Math.max(max, point[axis]), 0) || 1;
  const [xLow, xHigh] = ranges.xRange ?? [0, most(0)];
  const [yLow, yHigh] = ranges.yRange ?? [0, most(1) * 1.05];
  const [inner, tall] = [WIDTH - EDGE.left - EDGE.right, HEIGHT - EDGE.top - EDGE.bottom];
  const atX = (value: number) => EDGE.left + ((value - xLow) / (xHigh - xLow)) * inner;
  const atY = (value: number) => EDGE.top + tall - ((value - yLow) / (yHigh - yLow)) * tall;
  const axes = [
    ...ticks(xLow, xHigh).map((value) => tickX(atX(value), value)),
    ...ticks(yLow, yHigh).map((value) => tickY(atY(value), value)),
  ];
  const drawn = series.flatMap(({ points }, i) =>
    kind === "lines" ? [line(points, atX, atY, COLOURS[i])] : bars(points, atX, atY, COLOURS[i]),
  );
  const legend = series.map(({ name }, i) =>
    shape("text", { x: EDGE.left + 8 + i * 150, y: 22, class: `legend ${COLOURS[i]}` }, `■ ${name}`),
  );
  return shape(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title, class: "chart" },
    shape("title", {}, title),
    ...axes,
    ...drawn,
    ...legend,
    shape("text", { x: EDGE.left + inner / 2, y: HEIGHT - 6, class: "axis middle" }, x),
    shape(
      "text",
      {
        x: 12,
        y: EDGE.top + tall / 2,
        class: "axis middle",
        transform: `rotate(-90 12 ${EDGE.top + tall / 2})`,
      },
      y,
    ),
  );
}

/** Round values between two ends, five or so. */
function ticks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(6)),
  );
}

const tickX = (at: number, value: number) =>
  shape("text", { x: at, y: HEIGHT - EDGE.bottom + 16, class: "axis middle" }, String(value));

const tickY = (at: number, value: number) =>
  shape(
    "g",
    {},
    shape("line", { x1: EDGE.left, x2: WIDTH - EDGE.right, y1: at, y2: at, class: "grid" }),
    shape("text", { x: EDGE.left - 6, y: at + 4, class: "axis end" }, String(value)),
  );

type Place = (value: number) => number;

const line = (points: Series["points"], atX: Place, atY: Place, colour: string) =>
  shape("polyline", {
    points: points.map(([x, y]) => `${atX(x).toFixed(1)},${atY(y).toFixed(1)}`).join(" "),
    class: `line ${colour}`,
  });

function bars(points: Series["points"], atX: Place, atY: Place, colour: string): SVGElement[] {
  const width = points.length > 1 ? points[1][0] - points[0][0] : 1;
  return points
    .filter(([, y]) => y > 0)
    .map(([x, y]) =>
      shape("rect", {
        x: atX(x),
        width: Math.max(1, atX(x + width) - atX(x)),
        y: atY(y),
        height: atY(0) - atY(y),
        class: `bar ${colour}`,
      }),
    );
}
