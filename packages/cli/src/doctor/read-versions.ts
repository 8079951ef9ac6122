import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findPackage } from "./find-package.ts";

const PACKAGES = ["@tensorflow/tfjs", "onnxruntime-node", "@tensorflow/tfjs-backend-wasm", "sharp", "tslab"];

/** Versions of what matters to engines and notebooks, null where it is not installed. */
export function readVersions() {
  const versionOf = (name: string): string | null => {
    const folder = findPackage(name);
    if (folder === undefined) return null;
    return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
  };
  const versions = Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)]));
  const folder = findPackage("onnxruntime-node");
  const provider = ["bin", "napi-v6", process.platform, process.arch, "libonnxruntime_providers_cuda.so"];
  return { versions, cudaProvider: folder !== undefined && existsSync(join(folder, ...provider)) };
}
