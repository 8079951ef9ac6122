import type { BoxPart } from "../box.ts";

/** The content of a gzipped file; some hosts have unzipped it on the way. */
export async function unzipped(
  bytes: Uint8Array<ArrayBuffer>,
  { name }: BoxPart,
): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const whole = await new Response(stream).arrayBuffer().catch((cause: Error) => {
    throw new Error(`Cannot unzip the ${name}: ${cause.message}; load the page again`, { cause });
  });
  return new Uint8Array(whole);
}
