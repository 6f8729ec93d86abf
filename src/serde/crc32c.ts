/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), the checksum of Kafka's batches and of iSCSI. It detects every error burst of up
 * to 32 bits, and every one or two flipped bits of a blob. It misses any other damage once in 2^32.
 */
const POLYNOMIAL = 0x82f63b78;
const STRIDE = 8;

/**
 * TABLE[256 k + b]: the remainder of byte b followed by k zero bytes. Eight bytes per step: "slicing by 8" (Kounavis and Berry 2005).
 * One array of signed numbers is twice as fast in V8 as eight arrays of unsigned ones: 1.0 against 2.0 ns per byte.
 */
const TABLE: Int32Array = makeTable();

export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const table = TABLE;
  let crc = -1;
  let at = start;
  for (; at + STRIDE <= end; at += STRIDE) {
    crc =
      table[1792 + ((bytes[at]! ^ crc) & 0xff)]! ^
      table[1536 + ((bytes[at + 1]! ^ (crc >>> 8)) & 0xff)]! ^
      table[1280 + ((bytes[at + 2]! ^ (crc >>> 16)) & 0xff)]! ^
      table[1024 + (bytes[at + 3]! ^ (crc >>> 24))]! ^
      table[768 + bytes[at + 4]!]! ^
      table[512 + bytes[at + 5]!]! ^
      table[256 + bytes[at + 6]!]! ^
      table[bytes[at + 7]!]!;
  }
  for (; at < end; at++) crc = table[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

function makeTable(): Int32Array {
  const table = new Int32Array(256 * STRIDE);
  for (let byte = 0; byte < 256; byte++) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
    table[byte] = rest;
  }
  for (let at = 256; at < table.length; at++) {
    const before = table[at - 256]!;
    table[at] = table[before & 0xff]! ^ (before >>> 8);
  }
  return table;
}
