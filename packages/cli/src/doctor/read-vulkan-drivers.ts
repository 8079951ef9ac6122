import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { vulkanDriver } from "@amface/engine";

/** A Vulkan driver that is installed, by its description for the loader. */
export interface VulkanDriverFile {
  readonly file: string;
  readonly name: string;
  /** Newest version of Vulkan that it knows, such as 1.3.255. */
  readonly apiVersion: string;
  /** Whether it computes on the processor. */
  readonly software: boolean;
}

const FOLDERS = ["/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/usr/share/vulkan/icd.d"];

/** The Vulkan drivers that the loader would find on Linux: those that variables name, or else those installed. */
export function readVulkanDrivers(env: NodeJS.ProcessEnv, folders = FOLDERS): VulkanDriverFile[] {
  const named = env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES;
  return (named ? named.split(":") : folders.flatMap(descriptions)).flatMap(readDriver);
}

function descriptions(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => join(folder, name));
}

function readDriver(file: string): VulkanDriverFile[] {
  try {
    const { ICD } = JSON.parse(readFileSync(file, "utf8")) as {
      ICD: { library_path: string; api_version: string };
    };
    const { library_path: library, api_version: apiVersion } = ICD;
    // A path with folders is meant from the description; a mere name is looked up by the loader.
    const path = library.includes("/") && !isAbsolute(library) ? resolve(dirname(file), library) : library;
    if (isAbsolute(path) && !existsSync(path)) return [];
    const known = vulkanDriver(library);
    return [{ file, name: known?.name ?? library, apiVersion, software: known?.software ?? false }];
  } catch {
    return [];
  }
}
