import { spawnSync } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeThresholdCard, type ThresholdCard, writeThresholdCard } from "@amface/lfw-eval";
import { createNet, encodeNet } from "@amface/nets";

const WEB = join(import.meta.dirname, "..");

/** A card of invented distances, as `eval --card` writes one. */
export function inventedCard(): ThresholdCard {
  const issame = Array.from({ length: 400 }, (_, i) => i % 2 === 0);
  const distances = Float64Array.from(issame, (same, i) => (same ? 0.2 : 0.6) + ((i * 37) % 100) / 100);
  return makeThresholdCard({ distances, issame }, { model: "stand-in", pairs: "invented", flip: "sum" });
}

/** The page built with a net that has learned nothing in its box, whatever embedder there may be. */
export async function buildPage(): Promise<{ readonly folder: string; readonly net: Uint8Array }> {
  const folder = await mkdtemp(join(tmpdir(), "amface-web-"));
  const net = createNet("resface-small", { imageSize: [112, 96], embeddingSize: 128, seed: 5 });
  const bytes = Buffer.concat(await encodeNet(net, {}, { dtype: "F16" }));
  net.model.dispose();
  await writeFile(join(folder, "net.safetensors"), bytes);
  await writeThresholdCard(join(folder, "net.thresholds.json"), inventedCard());
  const { status, stderr } = spawnSync(
    "node",
    [join(WEB, "..", "..", "node_modules", "vite", "bin", "vite.js"), "build", WEB],
    {
      encoding: "utf8",
      env: {
        ...process.env,
        AMFACE_EMBEDDER: join(folder, "net.safetensors"),
        AMFACE_WEB_DIST: join(folder, "page"),
      },
    },
  );
  if (status !== 0) throw new Error(`Cannot build the page: ${stderr}`);
  return { folder, net: bytes };
}
