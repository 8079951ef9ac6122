export { type DeviceMemory, deviceMemory } from "./device-memory.ts";
export { ENGINES, type Engine, type LoadOptions } from "./engines.ts";
export { type BatchChoice, type BatchSearch, findBatchSize } from "./find-batch-size.ts";
export type { GpuMemory } from "./load-tensorflow.ts";
export { cudaDevices, GpuShareError, type LocalProcess, ownGpu, shownGpu } from "./own-gpu.ts";
export {
  type EngineProbe,
  type EngineSpeed,
  measureSpeed,
  probeEngine,
} from "./probe-engine.ts";
export {
  type EngineChoice,
  type EngineOptions,
  type RejectedEngine,
  useEngine,
} from "./use-engine.ts";
export { mappedVulkanDrivers, type VulkanDriver, vulkanDriver } from "./vulkan-drivers.ts";
