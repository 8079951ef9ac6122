import type { OnnxGraph } from "../runtime/onnx-graph.ts";
import type { OnnxNode } from "../runtime/onnx-model.ts";

const CONV = "com.microsoft.nchwc.Conv";

/** Images, filter, bias, and what is added to the result. */
const INPUTS = 4;

/** Nodes that hand on the memory of their first input. */
const HAND_ON: ReadonlySet<string> = new Set(["Reshape", "Identity"]);

/**
 * Lets convolutions in the processor's own layout compute the sums that their results go into: they add to what lies in the
 * memory of the result, which spares a pass over three tensors. A convolution that cannot have that memory copies the other
 * term into its own, on one thread: so only where nothing reads the other term later. One that multiplies each channel by a number
 * waits for the other term where that comes later.
 *
 * @param sums Names of sums of two tensors that lie in memory alike.
 * @param outputs Names of the graph's results.
 */
export function fuseSums(graph: OnnxGraph, sums: ReadonlySet<string>, outputs: readonly string[]): void {
  const nodes = graph.allNodes.map((node) => [node]);
  const constants = new Map(graph.allConstants.map(({ name, data }) => [name, data]));
  const { makers, ownerOf, readersOf } = memoryOf(graph.allNodes);
  const results = new Set(outputs.map(ownerOf));
  const makerOf = (name: string, opType: string) => {
    const at = makers.get(name) ?? -1;
    const node = nodes[at]?.at(-1);
    return node?.opType === opType ? { at, node } : undefined;
  };
  /** Whether a node from a position on, but for one, reads from the memory of a tensor, or what runs the graph does. */
  const isRead = (name: string, from: number, exempt: number) =>
    results.has(ownerOf(name)) ||
    readersOf(ownerOf(name)).some((reader) => reader >= from && reader !== exempt);
  for (const [i, sum] of graph.allNodes.entries()) {
    if (!sums.has(sum.outputs[0])) continue;
    const [later, earlier] = sum.inputs.toSorted((a, b) => (makers.get(b) ?? -1) - (makers.get(a) ?? -1));
    if (!fuse(i, sum, later, earlier)) fuse(i, sum, earlier, later);
  }
  graph.replaceNodes(nodes.flat());

  /** Lets the convolution that makes `result` add `other`, if it can. */
  function fuse(i: number, sum: OnnxNode, result: string, other: string): boolean {
    const reshape = makerOf(result, "Reshape");
    const conv = makerOf(reshape ? reshape.node.inputs[0] : result, CONV);
    if (!conv || conv.node.inputs.length === INPUTS || isRead(result, 0, i)) return false;
    const waits = (makers.get(other) ?? -1) > conv.at;
    const isMade = makers.has(ownerOf(other));
    if (!isMade || isRead(other, waits ? i : conv.at, i)) return false;
    if ((waits || reshape) && !isChannelwise(conv.node)) return false;
    const [images, filter, bias = ""] = conv.node.inputs;
    const fused = [];
    if (reshape) {
      const shape = makerOf(images, "Reshape")?.node.inputs[1];
      if (!shape) return false;
      const term = `${other} as ${result}`;
      fused.push({ ...reshape.node, inputs: [other, shape], outputs: [term], name: `${sum.name} as` });
      fused.push({ ...conv.node, inputs: [images, filter, bias, term] });
      fused.push({ ...reshape.node, outputs: sum.outputs });
      nodes[reshape.at] = [];
    } else fused.push({ ...conv.node, inputs: [images, filter, bias, other], outputs: sum.outputs });
    nodes[conv.at] = [];
    nodes[i] = [];
    nodes[waits ? i : conv.at] = fused;
    makers.set(sum.outputs[0], waits ? i : conv.at);
    return true;
  }

  /** Whether a convolution multiplies each channel by one number, so that the result is as large as the images. */
  function isChannelwise({ attributes, inputs: [, filter] }: OnnxNode): boolean {
    const shape = constants.get(makerOf(filter, "Reshape")?.node.inputs[1] ?? "");
    const { group, kernel_shape, ...others } = attributes;
    return `${shape}` === `${group},1,1,1` && Object.keys(others).length === 0;
  }
}

/** Which node makes a tensor, whose memory that is, and which nodes read from there, by their positions. */
function memoryOf(nodes: readonly OnnxNode[]) {
  const makers = new Map<string, number>();
  const owners = new Map<string, string>();
  const readers = new Map<string, number[]>();
  const readersOf = (owner: string) => {
    const found = readers.get(owner) ?? [];
    readers.set(owner, found);
    return found;
  };
  const ownerOf = (name: string) => owners.get(name) ?? name;
  for (const [i, { opType, inputs, outputs }] of nodes.entries()) {
    for (const name of outputs) makers.set(name, i);
    if (HAND_ON.has(opType)) owners.set(outputs[0], ownerOf(inputs[0]));
    else for (const name of inputs) readersOf(ownerOf(name)).push(i);
  }
  return { makers, ownerOf, readersOf };
}
