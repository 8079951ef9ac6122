import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { JSDOM } from "jsdom";
import sharp from "sharp";

/** A plotly.js figure. */
export interface Figure {
  data: readonly object[];
  layout?: Readonly<Record<string, unknown>>;
}

export interface FigureSize {
  /** Width in CSS pixels; default the layout's own, or 640. */
  width?: number;
  /** Height in CSS pixels; default the layout's own, or 420. */
  height?: number;
  /** Device pixels per CSS pixel; default 1.5. */
  scale?: number;
}

interface Plotly {
  toImage(figure: object, options: object): Promise<string>;
}

/**
 * Draws a figure as PNG without a browser: plotly.js in jsdom makes SVG, sharp makes pixels.
 * Two-dimensional traces only (plotly.js-basic: scatter, bar, pie). Text needs an installed font.
 */
export async function figurePng(figure: Figure, size: FigureSize = {}): Promise<Buffer> {
  const { width = number(figure.layout?.width, 640), height = number(figure.layout?.height, 420) } = size;
  plotly ??= loadPlotly();
  const { toImage } = await plotly;
  // plotly.js writes defaults into the figure that it draws.
  const copy = structuredClone({ data: figure.data, layout: { ...figure.layout, width, height } });
  const url = await toImage(copy, { format: "svg", width, height, imageDataOnly: true });
  const density = 72 * (size.scale ?? 1.5);
  return sharp(Buffer.from(url), { density })
    .flatten({ background: "white" })
    .png({ palette: true })
    .toBuffer();
}

const number = (value: unknown, otherwise: number) => (typeof value === "number" ? value : otherwise);

let plotly: Promise<Plotly> | undefined;

async function loadPlotly(): Promise<Plotly> {
  const script = await readFile(createRequire(import.meta.url).resolve("plotly.js-basic-dist-min"), "utf8");
  const { window } = new JSDOM("<!doctype html><body></body>", { runScripts: "outside-only" });
  // jsdom has no layout; plotly.js asks for the sizes of texts to place titles and legends.
  const textWidth = (element: Element) => (element.textContent ?? "").length * CHARACTER_WIDTH;
  const box = (element: Element) => {
    const width = textWidth(element);
    return { x: 0, y: 0, left: 0, top: 0, right: width, bottom: LINE_HEIGHT, width, height: LINE_HEIGHT };
  };
  const { Element } = window;
  Object.assign(Element.prototype, {
    getBBox(this: Element) {
      return box(this);
    },
    getBoundingClientRect(this: Element) {
      return box(this);
    },
    getComputedTextLength(this: Element) {
      return textWidth(this);
    },
  });
  Object.assign(window.URL, { createObjectURL: () => "" });
  window.eval(script);
  return (window as typeof window & { Plotly: Plotly }).Plotly;
}

// Of plotly.js's standard 12-pixel sans-serif text.
const CHARACTER_WIDTH = 7;
const LINE_HEIGHT = 15;
