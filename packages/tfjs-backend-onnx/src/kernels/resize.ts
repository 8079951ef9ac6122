import type { Attrs, Call, Emitter, Lowered, Meta, OnnxKernel, Value } from "../lazy/kernel.ts";
import { NCHW } from "../runtime/layouts.ts";

/** Steps between the places in an axis of `from` elements that `to` elements are taken from. */
const stepOf = (from: number, to: number, alignCorners: boolean) =>
  alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;

/** The nearest element of an axis for each of `to` elements. */
function nearest(from: number, to: number, { alignCorners, halfPixelCenters }: Attrs): number[] {
  const step = stepOf(from, to, alignCorners as boolean);
  return Array.from({ length: to }, (_, i) => {
    const place = step * (halfPixelCenters ? i + 0.5 : i);
    return Math.min(from - 1, alignCorners ? Math.round(place) : Math.floor(place));
  });
}

/** How much of each element of an axis is in each of `to` elements, `[to, from]`. */
type Shares = (from: number, to: number, attrs: Attrs) => Float32Array;

const nearestShares: Shares = (from, to, attrs) => {
  const shares = new Float32Array(to * from);
  nearest(from, to, attrs).forEach((place, i) => {
    shares[i * from + place] = 1;
  });
  return shares;
};

const linearShares: Shares = (from, to, { alignCorners }) => {
  const shares = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const place = stepOf(from, to, alignCorners as boolean) * i;
    const below = Math.min(from - 1, Math.floor(place));
    const above = Math.min(from - 1, Math.ceil(place));
    shares[i * from + below] += 1 - (place - below);
    shares[i * from + above] += place - below;
  }
  return shares;
};

function inferResize({ inputs: [x], attrs }: Call): Meta | undefined {
  const [height, width] = attrs.size as [number, number];
  return x.dtype === "float32"
    ? { shape: [x.shape[0], height, width, x.shape[3]], dtype: "float32" }
    : undefined;
}

/** Gradient of an interpolation: products of each plane with the shares along its columns and rows. */
function gradient(name: string, shares: Shares): OnnxKernel {
  return {
    name,
    inputs: ["images", "dy"],
    wants: () => [undefined, NCHW, NCHW],
    infer: ({ inputs: [images, dy], attrs }) =>
      dy.dtype === "float32" && !attrs.halfPixelCenters
        ? { shape: images.shape, dtype: "float32" }
        : undefined,
    lower(cx, [images, dy], attrs) {
      const { graph } = cx;
      const along = (axis: number) => {
        const [from, to] = [images.shape[axis], dy.shape[axis]];
        return graph.constant(shares(from, to, attrs), [to, from]);
      };
      const rows = graph.node("MatMul", [cx.get(dy, NCHW), along(2)]);
      const columns = graph.node("Transpose", [along(1)], { perm: [1, 0] });
      return { name: graph.node("MatMul", [columns, rows]), layout: NCHW };
    },
  };
}

/** ONNX's name for where the elements of a resized axis lie in the old one. */
function placement({ alignCorners, halfPixelCenters }: Attrs): string {
  if (alignCorners) return "align_corners";
  return halfPixelCenters ? "half_pixel" : "asymmetric";
}

function resizeLinear(cx: Emitter, images: Value, attrs: Attrs): Lowered {
  const { graph } = cx;
  const [batch, , , channels] = images.shape;
  const [height, width] = attrs.size as [number, number];
  const inputs = [cx.get(images, NCHW), "", "", graph.ints([batch, channels, height, width])];
  const name = graph.node("Resize", inputs, {
    mode: "linear",
    coordinate_transformation_mode: placement(attrs),
  });
  return { name, layout: NCHW };
}

/** Images made larger or smaller. */
export const resizeKernels: readonly OnnxKernel[] = [
  {
    name: "ResizeBilinear",
    inputs: ["images"],
    wants: () => [NCHW, NCHW],
    infer: (call) => (call.attrs.alignCorners && call.attrs.halfPixelCenters ? undefined : inferResize(call)),
    lower: (cx, [images], attrs) => resizeLinear(cx, images, attrs),
  },
  {
    // ONNX's Resize would round places to float32 before it takes the nearest.
    name: "ResizeNearestNeighbor",
    inputs: ["images"],
    infer: inferResize,
    lower(cx, [images], attrs) {
      const { graph } = cx;
      const [height, width] = attrs.size as [number, number];
      const [, fromHeight, fromWidth] = images.shape;
      const layout = cx.layoutOf(images);
      const order = layout ?? [0, 1, 2, 3];
      const taken = (name: string, axis: number, from: number, to: number) =>
        graph.node("Gather", [name, graph.ints(nearest(from, to, attrs))], { axis: order.indexOf(axis) });
      const rows = taken(cx.get(images, layout), 1, fromHeight, height);
      return { name: taken(rows, 2, fromWidth, width), layout };
    },
  },
  gradient("ResizeBilinearGrad", linearShares),
  gradient("ResizeNearestNeighborGrad", nearestShares),
];
