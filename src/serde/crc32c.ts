/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), the checksum of Kafka's batches and of iSCSI. It detects every error burst of up
 * to 32 bits, and every one or two flipped bits of a blob. It misses any other damage once in 2^32.
 */
const POLYNOMIAL = 0x82f63b78;
const STRIDE = 8;

/** TABLES[k][b]: the remainder of byte b followed by k zero bytes. Eight bytes per step: "slicing by 8" (Kounavis and Berry 2005). */
const TABLES: readonly Uint32Array[] = makeTables();

export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  let crc = -1;
  let at = start;
  for (; at + STRIDE <= end; at += STRIDE) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      t7[low & 0xff]! ^
      t6[(low >>> 8) & 0xff]! ^
      t5[(low >>> 16) & 0xff]! ^
      t4[low >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < end; at++) crc = t0[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
    return rest;
  });
  const tables = [first];
  for (let k = 1; k < STRIDE; k++) {
    const before = tables[k - 1]!;
    tables.push(before.map((rest) => first[rest & 0xff]! ^ (rest >>> 8)));
  }
  return tables;
}
