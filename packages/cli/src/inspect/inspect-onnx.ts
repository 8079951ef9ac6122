import type { OpenBytes } from "@amface/files";
import { readOnnxHeader } from "@amface/nets";
import { type Inspected, shownTensor } from "./inspected.ts";

/** What an ONNX model takes and gives, who made it, and the shapes of its constants. */
export function inspectOnnx(bytes: OpenBytes, path: string): Inspected {
  const header = readOnnxHeader(bytes, path);
  const list = (map: ReadonlyMap<string, number>) =>
    [...map]
      .sort((a, b) => b[1] - a[1])
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  const external = new Set(header.initializers.flatMap(({ external }) => external?.location ?? []));
  return {
    format: `ONNX, version ${header.irVersion} of the file format`,
    tensors: header.initializers.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    metadata: {
      ...header.metadata,
      inputs: header.inputs.map(shownTensor).join("; "),
      outputs: header.outputs.map(shownTensor).join("; "),
      opset: list(header.opsets),
      producer: header.producer,
      ...(header.description !== "" && { description: header.description }),
      ...(external.size > 0 && { "values in": [...external].join(", ") }),
      operators: list(header.operators).slice(0, 1000),
    },
    isNet: false,
  };
}
