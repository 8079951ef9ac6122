/** Opens a set of shards and reads so many records of it, as bench/data-memory.ts asks: read-shards.mjs DIR COUNT. */
import { batches, openSource } from "@amface/data";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";

const [dir, count] = process.argv.slice(2);
const toRead = Number(count);
const start = performance.now();
const source = await openSource(dir);
let firstBatchSeconds = 0;
let read = 0;
const resident = [];
for (let epoch = 0; read < toRead; epoch++) {
  const options = { batchSize: 512, imageSize: [2, 2], epoch, seed: 1, dropRemainder: false };
  for await (const { images, labels } of batches(source, options)) {
    if (read === 0) firstBatchSeconds = (performance.now() - start) / 1000;
    read += labels.size;
    tf.dispose([images, labels]);
    if (resident.length < (read / toRead) * 400) resident.push(process.memoryUsage().rss);
    if (read >= toRead) break;
  }
}
const later = resident.slice(resident.length >> 1).sort((a, b) => a - b);
console.log(
  JSON.stringify({
    photos: source.photos,
    identities: source.counts.length,
    firstBatchSeconds,
    read,
    seconds: (performance.now() - start) / 1000,
    resident: later[later.length >> 1],
    most: Math.max(...resident),
  }),
);
