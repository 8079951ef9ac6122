import { useEngine } from "@amface/engine";
import { openBytes } from "@amface/files";
import { parseThresholdCard } from "@amface/lfw-eval";
import { fitNet, type NetFit } from "@amface/nets";
import { defineCommand } from "../command/command.ts";
import { inspectFile } from "../inspect/inspect-file.ts";
import { shownTensor } from "../inspect/inspected.ts";
import { licenceLines } from "../inspect/licence-lines.ts";
import { cardLines } from "../model/card-lines.ts";
import { CARD_KEY } from "../model/carried-card.ts";

/** Names that are quoted of those that do not fit. */
const QUOTED = 3;

export const inspect = defineCommand({
  options: {},
  positionals: { label: "FILE", min: 1, max: 1 },
  examples: ["amface inspect backbone.pth", "amface inspect embeddings.npz --json"],
  async run(_, [path]) {
    const bytes = openBytes(path);
    try {
      const { texts, ...found } = await inspectFile(bytes, path);
      const { [CARD_KEY]: carried, ...metadata } = found.metadata;
      const thresholds = carried === undefined ? null : parseThresholdCard(carried, `in ${path}`);
      const licence = licenceLines({ ...metadata, ...texts });
      if (found.isNet && found.tensors.length > 0 && found.metadata.net === undefined) await useEngine("cpu");
      const shapes = new Map(
        found.tensors.map((tensor) => [tensor.name, { shape: tensor.shape.map(Number) }]),
      );
      const fit = found.isNet && found.metadata.net === undefined ? fitNet(shapes) : undefined;
      return { path, bytes: bytes.size, ...found, metadata, thresholds, licence, fit: fit ?? null };
    } finally {
      bytes.close();
    }
  },
  render: ({ path, bytes, format, tensors, metadata, thresholds, licence, fit, isNet }) =>
    [
      `${path}: ${format}, ${bytes} bytes`,
      ...tensors.map((tensor) => `  ${shownTensor(tensor)}`),
      ...Object.entries(metadata).map(([key, value]) => `  ${key}: ${value}`),
      ...(thresholds ? cardLines(thresholds) : []),
      ...licence.map((line) => `licence? ${line}`),
      ...(fit
        ? renderFit(fit)
        : isNet && metadata.net === undefined
          ? ["fits none of the nets here by its names"]
          : []),
    ].join("\n"),
});

function renderFit({ net, imageSize, embeddingSize, missing, different, extra }: NetFit): string[] {
  const list = (what: string, names: readonly string[]) =>
    names.length === 0
      ? []
      : [
          `  ${what} ${names.length}: ${names.slice(0, QUOTED).join(", ")}${names.length > QUOTED ? ", …" : ""}`,
        ];
  const whole = missing.length + different.length + extra.length === 0;
  return [
    `fits --net ${net}${whole ? "" : " best"}: images ${imageSize.join("x")}, embeddings of ${embeddingSize} values`,
    ...list("missing", missing),
    ...list("of another size", different),
    ...list("too much", extra),
  ];
}
