import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PACKAGES = join(import.meta.dirname, "..", "..", "packages");

/** A TypeScript block of a package's README, which has to run by itself. */
export interface Example {
  /** `loss-1`: the package's folder and the block's place among its blocks. */
  readonly name: string;
  readonly package: string;
  readonly code: string;
}

/** Every `ts` block in the READMEs of the packages. */
export function readmeExamples(): Example[] {
  return readdirSync(PACKAGES)
    .sort()
    .flatMap((folder) => {
      const text = readFileSync(join(PACKAGES, folder, "README.md"), "utf8");
      return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code], i) => ({
        name: `${folder}-${i + 1}`,
        package: folder,
        code,
      }));
    });
}
