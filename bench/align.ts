/**
 * Photos to crops beside the reference's way in PyTorch, in turns: `alignFolder` with decoding, worker threads and PNG
 * files written, on one part of the folder after another; the peer decodes and detects the same number of photos and
 * writes nothing. Then where one thread's time goes, by processor time.
 *
 *     bun bench/align.ts --photos lfw/images --weights weights
 */
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { alignFace, chooseFace, Detector, detectFaces, loadDetector } from "@amface/align";
import { listIdentities } from "@amface/files";
import { encodePng, readImage } from "@amface/images";
import { alignPart } from "./align-part.ts";
import { Peer } from "./peers/peer.ts";

const { values } = parseArgs({
  options: {
    photos: { type: "string" },
    weights: { type: "string" },
    rounds: { type: "string", default: "5" },
    size: { type: "string", default: "600" },
    alone: { type: "boolean", default: false },
  },
});
if (!values.photos || !values.weights)
  throw new Error("Cannot start: expected --photos DIR and --weights DIR");
const { photos: inputDir, weights } = values;
const [rounds, size] = [Number(values.rounds), Number(values.size)];
const detector = await loadDetector(weights);
const paths = (await listIdentities(inputDir)).flatMap(({ files }) => files);
const shards = Math.max(rounds, Math.floor(paths.length / size));
const threads = availableParallelism();

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const peer = values.alone
  ? undefined
  : await Peer.start("torch_mtcnn.py", [
      ...["--photos", inputDir, "--weights", weights, "--threads", String(threads)],
    ]);
await peer?.run(20);
const rates: { amface: number; torch: number }[] = [];
for (let round = 1; round <= rounds; round++) {
  const { rate: amface, photos } = await alignPart({
    ...{ inputDir, detector },
    shard: { index: round, count: shards },
  });
  const torch = peer ? photos / (await peer.run(photos)) : Number.NaN;
  rates.push({ amface, torch });
  console.error(
    `round ${round}/${rounds}: amface ${amface.toFixed(1)}, PyTorch ${torch.toFixed(1)} photos/s`,
  );
}
peer?.stop();

const runtime = process.versions.bun ? `Bun ${process.versions.bun}` : process.version;
const today = new Date().toISOString().slice(0, 10);
console.log(
  `align ${paths.length} photos in parts of ${Math.ceil(paths.length / shards)}; smallest face 20, scale factor 0.709; ` +
    `${threads} threads, ${cpus()[0].model.trim()}, ${today}`,
);
console.log(
  `  amface, ${runtime}, crops written`.padEnd(44),
  median(rates.map(({ amface }) => amface)).toFixed(1),
  "photos/s",
);
if (peer) {
  console.log(
    `  reference in ${peer.version}`.padEnd(44),
    median(rates.map(({ torch }) => torch)).toFixed(1),
    "photos/s",
  );
  const ratios = rates.map(({ amface, torch }) => amface / torch);
  console.log(
    `  ratio ${median(ratios).toFixed(2)} (medians of ${rounds} rounds; single rounds ` +
      `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
  );
}

/** Milliseconds of processor time that this process has used. */
const used = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const spent = new Map<string, number>();
function timed<T>(what: string, work: () => T): T {
  const start = used();
  const done = () => spent.set(what, (spent.get(what) ?? 0) + used() - start);
  const result = work();
  if (result instanceof Promise) return result.finally(done) as T;
  done();
  return result;
}
const NETS = { propose: "P-Net", refine: "R-Net", output: "O-Net" } as const;
for (const net of ["propose", "refine", "output"] as const) {
  const run = Detector.prototype[net] as (...args: unknown[]) => unknown;
  Object.assign(Detector.prototype, {
    [net](this: Detector, ...args: unknown[]) {
      return timed(NETS[net], () => run.apply(this, args));
    },
  });
}
const sample = paths.filter((_, i) => i % Math.ceil(paths.length / 300) === 0);
for (const [i, path] of sample.entries()) {
  if (i === 30) spent.clear();
  const image = await timed("decoding", () => readImage(join(inputDir, path)));
  const face = chooseFace(
    timed("detection", () => detectFaces(detector, image)),
    image,
  );
  if (!face) continue;
  const crop = timed("warping", () => alignFace(image, face.landmarks));
  await timed("encoding", () => encodePng(crop));
}
const nets = Object.values(NETS).reduce((sum, net) => sum + (spent.get(net) ?? 0), 0);
spent.set("resampling, boxes", (spent.get("detection") ?? 0) - nets);
spent.delete("detection");
console.log("  processor time a photo, in one thread:");
for (const [what, milliseconds] of spent)
  console.log(`    ${what.padEnd(20)} ${(milliseconds / (sample.length - 30)).toFixed(2)} ms`);
