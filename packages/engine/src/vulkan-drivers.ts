import { readFileSync } from "node:fs";

/** A Vulkan driver that this process has loaded. */
export interface VulkanDriver {
  readonly name: string;
  /** Whether it computes on the processor. */
  readonly software: boolean;
}

/** Library names of Vulkan drivers for Linux, as their `icd.d` files give them. */
const DRIVERS: readonly (readonly [library: RegExp, name: string, software: boolean])[] = [
  [/libvk_swiftshader/, "SwiftShader", true],
  [/libvulkan_lvp/, "lavapipe", true],
  [/libGLX_nvidia|libEGL_nvidia|libnvidia-vulkan/, "NVIDIA", false],
  [/libvulkan_radeon|amdvlk/, "AMD", false],
  [/libvulkan_intel|libvulkan_intel_hasvk/, "Intel", false],
  [/libvulkan_(?!lvp)(\w+)/, "Mesa", false],
];

/** The Vulkan driver that a library is, if it is one. */
export function vulkanDriver(library: string): VulkanDriver | undefined {
  const found = DRIVERS.find(([pattern]) => pattern.test(library));
  return found && { name: found[1], software: found[2] };
}

/**
 * The Vulkan drivers in this process, once WebGPU runs; ONNX Runtime does not tell which adapter it took. Empty
 * elsewhere than on Linux.
 */
export function mappedVulkanDrivers(): VulkanDriver[] {
  if (process.platform !== "linux") return [];
  const names = new Map<string, VulkanDriver>();
  for (const line of readFileSync("/proc/self/maps", "utf8").split("\n")) {
    const driver = vulkanDriver(line);
    if (driver) names.set(driver.name, driver);
  }
  return [...names.values()];
}
