import { existsSync } from "node:fs";
import { join } from "node:path";

/** Debian's chromium brings SwiftShader, a Vulkan driver that needs no GPU, and the loader. */
const CHROMIUM = "/usr/lib/chromium";
const DRIVER = join(CHROMIUM, "vk_swiftshader_icd.json");

/** Variables that choose SwiftShader; they must be set before a process starts. */
export const SWIFTSHADER = { VK_ICD_FILENAMES: DRIVER, LD_LIBRARY_PATH: CHROMIUM };

/** Why tests on webgpu cannot run. In CI the driver must be there, and then they must run: .ci/run installs it. */
export const skipWithoutDriver =
  existsSync(DRIVER) || process.env.CI === "true" ? false : `needs ${DRIVER}, of Debian's package chromium`;
