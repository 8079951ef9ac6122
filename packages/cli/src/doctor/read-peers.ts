import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findPackage } from "./find-package.ts";

/** How far one of TensorFlow's packages is installed. */
export interface PeerState {
  readonly name: string;
  /** Null where it is not installed at all. */
  readonly version: string | null;
  /** Whether its native module is there, which its install script downloads or builds. */
  readonly native: boolean;
  /** Whether libtensorflow is there, which the same script downloads. */
  readonly libtensorflow: boolean;
}

/** The state on disk of `@tensorflow/tfjs-node` and `@tensorflow/tfjs-node-gpu`. */
export function readPeers(find = findPackage): PeerState[] {
  return ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"].map((name) => {
    const folder = find(name);
    if (folder === undefined) return { name, version: null, native: false, libtensorflow: false };
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
    const names = (path: string) => (existsSync(path) ? readdirSync(path) : []);
    const native = names(join(folder, "lib")).some((napi) =>
      existsSync(join(folder, "lib", napi, "tfjs_binding.node")),
    );
    const libtensorflow = names(join(folder, "deps", "lib")).some((file) =>
      /tensorflow\.|tensorflow$/.test(file),
    );
    return { name, version, native, libtensorflow };
  });
}
