/** `TABLES[k][byte]`: what a byte does to the sum when `k` more bytes follow it. */
const TABLES = makeTables();

function makeTables(): Uint32Array[] {
  const tables = Array.from({ length: 4 }, () => new Uint32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    tables[0][byte] = sum;
  }
  for (let k = 1; k < 4; k++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = tables[k - 1][byte];
      tables[k][byte] = (before >>> 8) ^ tables[0][before & 255];
    }
  }
  return tables;
}

/** The checksum of zip and gzip (polynomial 0xedb88320), four bytes at a time. */
export function crc32(bytes: Uint8Array): number {
  const [last, third, second, first] = TABLES;
  let sum = 0xffffffff;
  const whole = bytes.length & ~3;
  let at = 0;
  for (; at < whole; at += 4) {
    sum ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    sum = first[sum & 255] ^ second[(sum >>> 8) & 255] ^ third[(sum >>> 16) & 255] ^ last[sum >>> 24];
  }
  for (; at < bytes.length; at++) sum = (sum >>> 8) ^ last[(sum ^ bytes[at]) & 255];
  return ~sum >>> 0;
}
