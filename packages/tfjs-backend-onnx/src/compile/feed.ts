import type { LazyValue } from "../lazy/lazy-value.ts";
import { DeviceBuffer } from "../runtime/device-buffer.ts";
import { type Layout, physicalShape } from "../runtime/layouts.ts";
import { type OrtTensor, ortTensor } from "../runtime/ort-tensor.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Steps } from "../runtime/steps.ts";

/** Values that a model on the device has been fed from the main memory. */
const fedFromMemory = new WeakSet<LazyValue>();

/**
 * A leaf's contents as a model on the device takes them. What is fed a second time, such as weights that are not
 * trained, moves to the device and stays there; a batch is fed once.
 */
export function* feed(leaf: LazyValue, layout: Layout, runtime: Runtime): Steps<OrtTensor> {
  const there = leaf.bufferIn(layout);
  if (there) return there.tensor;
  const tensor = ortTensor(leaf.dtype, yield* leaf.in(layout), physicalShape(leaf.shape, layout));
  const again = fedFromMemory.has(leaf);
  fedFromMemory.add(leaf);
  if (!again || leaf.dtype !== "float32") return tensor;
  const buffer = yield* DeviceBuffer.upload(tensor, runtime);
  leaf.resolveTo(buffer, layout);
  return buffer.tensor;
}
