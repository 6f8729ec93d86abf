import { type BoundedOutput, PackedFault } from './bounded-output';

/**
 * Java producers wrap snappy in the framing of xerial's snappy-java; librdkafka sends the bare block.
 *   stream = magic (8), version int32, compatible version int32, chunk × n
 *   chunk  = length int32 (big-endian), block
 *   block  = output length varint, element × n
 *   element, by the two low bits of its tag:
 *     0 literal: length − 1 in the tag's upper six bits, 60 to 63 mean that 1 to 4 bytes hold it
 *     1 copy: length − 4 in bits 2–4, distance in bits 5–7 (high) and one byte
 *     2 copy: length − 1 in bits 2–7, distance in two bytes
 *     3 copy: the same, distance in four bytes          (little-endian)
 */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

export function snappyInto(output: BoundedOutput, packed: Buffer): void {
  if (!packed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
    block(output, packed);
    return;
  }
  for (let at = XERIAL_HEADER_BYTES; at < packed.length; ) {
    if (at + 4 > packed.length) throw new PackedFault('the length of a snappy chunk is cut off');
    const end = at + 4 + packed.readUInt32BE(at);
    if (end > packed.length) throw new PackedFault('a snappy chunk goes beyond the batch');
    block(output, packed.subarray(at + 4, end));
    at = end;
  }
}

function block(output: BoundedOutput, packed: Buffer): void {
  const start = output.length;
  let { value: stated, at } = lengthAt(packed);
  while (at < packed.length) {
    const tag = packed[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      const bytes = Math.max(0, (tag >> 2) - 59);
      const count = 1 + (bytes === 0 ? tag >> 2 : numberAt(packed, at, bytes));
      at += bytes;
      if (count > packed.length - at) throw new PackedFault('a snappy literal goes beyond its block');
      output.literal(packed, at, at + count);
      at += count;
    } else {
      const bytes = kind === 1 ? 1 : kind === 2 ? 2 : 4;
      const low = numberAt(packed, at, bytes);
      at += bytes;
      const distance = kind === 1 ? ((tag >> 5) << 8) | low : low;
      const count = kind === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
      if (distance === 0 || distance > output.length - start)
        throw new PackedFault('a snappy copy begins before its block');
      output.repeat(distance, count);
    }
    if (output.length - start > stated) break;
  }
  const found = output.length - start;
  if (found !== stated) throw new PackedFault(`a snappy block of ${stated} bytes has ${found}`);
}

function lengthAt(packed: Buffer): { value: number; at: number } {
  let value = 0;
  for (let at = 0; at < 5; at++) {
    const byte = packed[at];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return { value, at: at + 1 };
  }
  throw new PackedFault('a snappy block has no length');
}

function numberAt(packed: Buffer, at: number, bytes: number): number {
  if (at + bytes > packed.length) throw new PackedFault('a snappy element is cut off');
  return packed.readUIntLE(at, bytes);
}
