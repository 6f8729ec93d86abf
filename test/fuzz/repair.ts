import { createHash } from 'node:crypto';

const SHA256_BYTES = 32;

/** Bit by bit, as the polynomial is written: shares nothing with the program's tables. */
export function crc32cOf(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** The last four bytes made the CRC-32C of the others, little-endian: what the blobs in Redis end with. */
export function withChecksum(input: Uint8Array): Uint8Array {
  if (input.length < 5) return input;
  const repaired = input.slice();
  const content = repaired.subarray(0, repaired.length - 4);
  new DataView(repaired.buffer).setUint32(content.length, crc32cOf(content), true);
  return repaired;
}

/** The last 32 bytes made the SHA-256 of the others: what an artefact ends with. */
export function withDigest(input: Uint8Array): Uint8Array {
  if (input.length < SHA256_BYTES) return input;
  const repaired = input.slice();
  const content = repaired.subarray(0, repaired.length - SHA256_BYTES);
  repaired.set(createHash('sha256').update(content).digest(), content.length);
  return repaired;
}
