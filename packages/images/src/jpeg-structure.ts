/** Markers without a length: 0xff00 is a coded byte, 0xffd0 to 0xffd7 are restarts, 0xff01 and the start are bare. */
const isBare = (marker: number) => marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8);
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const isProgressive = (marker: number) => marker === 0xc2 || marker === 0xca;
const SCAN = 0xda;

/** Everything that decoding needs, and nothing of APPn and COM: tables, restart interval, number of lines. */
const needed = (marker: number) => isFrame(marker) || [0xc4, 0xcc, SCAN, 0xdb, 0xdc, 0xdd].includes(marker);

/**
 * Where the end-of-image marker of a JPEG stands; the one of a thumbnail inside a segment does not count.
 *
 * @returns `undefined` where it has none, or where scans of a progressive JPEG are missing before it.
 */
export function endOfJpeg(bytes: Uint8Array): number | undefined {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** Of a progressive JPEG: for each component and coefficient, how many low bits are still to come. */
  let missing: Map<number, Uint8Array> | undefined;
  for (let at = 2; ; ) {
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + 1 >= bytes.length) return undefined;
    const marker = bytes[at + 1];
    if (marker === 0xd9) return isComplete(missing) ? at : undefined;
    if (marker === 0xff) at += 1;
    else if (isBare(marker)) at += 2;
    else if (at + 4 > bytes.length) return undefined;
    else {
      const body = bytes.subarray(at + 4, at + 2 + data.getUint16(at + 2));
      if (isProgressive(marker)) missing = coefficientsOf(body);
      else if (marker === SCAN && missing) countScan(missing, body);
      at += 4 + body.length;
    }
  }
}

/** Frame header: precision, height, width, count of components, three bytes a component. */
function coefficientsOf(frame: Uint8Array): Map<number, Uint8Array> {
  const ids = Array.from({ length: frame[5] }, (_, i) => frame[6 + 3 * i]);
  return new Map(ids.map((id) => [id, new Uint8Array(64).fill(0xff)]));
}

/** Scan header: count of components, two bytes a component, first and last coefficient, high and low bit. */
function countScan(missing: Map<number, Uint8Array>, scan: Uint8Array): void {
  const [first, last, bits] = scan.subarray(1 + 2 * scan[0]);
  for (let i = 0; i < scan[0]; i++) missing.get(scan[1 + 2 * i])?.fill(bits & 15, first, last + 1);
}

function isComplete(missing: ReadonlyMap<number, Uint8Array> | undefined): boolean {
  return !missing || [...missing.values()].every((bits) => bits.every((low) => low === 0));
}

/**
 * A JPEG's coded data alone: without metadata, without bytes between segments, and with the only parameters that the
 * scan of a sequential JPEG can have. What libjpeg warns of here is damage to the photo; files of some cameras make it
 * warn of the rest.
 */
export function bareJpeg(bytes: Uint8Array): Uint8Array {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [Uint8Array.of(0xff, 0xd8)];
  let sequential = false;
  for (let at = 2; ; ) {
    at = bytes.indexOf(0xff, at);
    const marker = bytes[at + 1];
    if (at < 0 || at + 4 > bytes.length || marker === 0xd9) break;
    if (marker === 0xff || isBare(marker)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    let end = at + 2 + data.getUint16(at + 2);
    const segment = bytes.slice(at, end);
    if (isFrame(marker)) sequential = !isProgressive(marker);
    if (marker === SCAN && sequential) segment.set([0, 63, 0], 5 + 2 * segment[4]);
    if (needed(marker)) parts.push(segment);
    if (marker === SCAN) {
      const start = end;
      end = endOfScan(bytes, start);
      parts.push(bytes.subarray(start, end));
    }
    at = end;
  }
  return Buffer.concat([...parts, Uint8Array.of(0xff, 0xd9)]);
}

/** Where the marker stands that follows a scan's coded data. */
function endOfScan(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes[at + 1];
    if (marker !== 0xff && !isBare(marker)) return at;
  }
  return bytes.length;
}
