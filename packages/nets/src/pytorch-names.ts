import type { NetName } from "./create-net.ts";

/**
 * The PyTorch module of a layer, by the names that published weights of each net have:
 *
 * - `mobilefacenet`: `conv1.{conv,bn,prelu}`, `dw_conv1`, `blocks.N.conv.0-7`, `conv2`, `linear7`, `linear1`.
 *
 * @param layer The layer's name in this project, `stage1/unit2/expand/bn`.
 */
export function pytorchModule(net: NetName, layer: string): string {
  const modules = MODULES[net];
  if (!modules) {
    throw new RangeError(
      `Cannot import ${net}: expected a net whose PyTorch names are known (${Object.keys(MODULES).join(", ")})`,
    );
  }
  return modules(layer);
}

const MODULES: Partial<Record<NetName, (layer: string) => string>> = {
  mobilefacenet: mobileFaceNetModule,
};

/** Number of the first bottleneck of each stage. */
const FIRST_BLOCK = [0, 5, 6, 12, 13];
const STEMS: Readonly<Record<string, string>> = {
  depthwise1: "dw_conv1",
  global: "linear7",
  embedding: "linear1",
};
/** Where a bottleneck's convolutions stand in their sequence; normalisation and PReLU follow each. */
const SEQUENCE = { expand: 0, depthwise: 3, project: 6 };
const PARTS = ["conv", "bn", "prelu"];

function mobileFaceNetModule(layer: string): string {
  const unit = /^stage(\d)\/unit(\d)\/(expand|depthwise|project)(?:\/(bn|prelu))?$/.exec(layer);
  if (unit) {
    const [, stage, repeat, kind, part = "conv"] = unit;
    const block = FIRST_BLOCK[Number(stage) - 1] + Number(repeat) - 1;
    return `blocks.${block}.conv.${SEQUENCE[kind as keyof typeof SEQUENCE] + PARTS.indexOf(part)}`;
  }
  const [name, part = "conv"] = layer.split("/");
  return `${STEMS[name] ?? name}.${part}`;
}
