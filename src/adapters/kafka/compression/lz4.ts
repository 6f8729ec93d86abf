import { type BoundedOutput, PackedFault } from './bounded-output';

/**
 * LZ4 frames, one after the other. Their checksums are not verified, because the CRC of the batch covers them:
 *   frame = magic u32, flags u8, block descriptor u8, [content size u64], [dictionary id u32], header checksum u8, block × n, 0 u32, [checksum u32]
 *   block = size u32 (top bit: not compressed), bytes, [checksum u32]
 *   flags = bits 6–7 version (1), 5 blocks stand alone, 4 block checksums, 3 content size, 2 content checksum, 0 dictionary
 *   bytes = sequence × n; sequence = token u8 (literals, match − 4: four bits each; 15 goes on in bytes until one below 255), literals,
 *           distance u16, which the last sequence lacks          (little-endian)
 */
const MAGIC = 0x184d2204;
const SKIPPABLE = 0x184d2a5;
const NOT_COMPRESSED = 0x80000000;
/** By bits 4–6 of the block descriptor. */
const BLOCK_BYTES = new Map([
  [4, 2 ** 16],
  [5, 2 ** 18],
  [6, 2 ** 20],
  [7, 2 ** 22],
]);

export function lz4Into(output: BoundedOutput, packed: Buffer): void {
  for (let at = 0; at < packed.length; ) {
    const magic = u32(packed, at);
    if (magic >>> 4 === SKIPPABLE) at += 8 + u32(packed, at + 4);
    else if (magic === MAGIC) at = frame(output, packed, at + 4);
    else throw new PackedFault('an LZ4 frame begins with other bytes than its magic');
  }
}

/** Returns the position after the frame. */
function frame(output: BoundedOutput, packed: Buffer, start: number): number {
  if (start + 3 > packed.length) throw new PackedFault('the head of an LZ4 frame is cut off');
  const flags = packed[start]!;
  const blockBytes = BLOCK_BYTES.get((packed[start + 1]! >> 4) & 7);
  if (flags >> 6 !== 1 || blockBytes === undefined) throw new PackedFault('an LZ4 frame of an unknown kind');
  if (flags & 1) throw new PackedFault('an LZ4 frame needs a dictionary');
  const checksumBytes = flags & 0x10 ? 4 : 0;
  let at = start + 2 + (flags & 8 ? 8 : 0) + 1;
  const frameStart = output.length;
  for (;;) {
    const size = u32(packed, at);
    at += 4;
    if (size === 0) return at + (flags & 4 ? 4 : 0);
    const end = at + (size & ~NOT_COMPRESSED);
    if (end > packed.length) throw new PackedFault('an LZ4 block goes beyond the batch');
    const blockStart = output.length;
    if (size >= NOT_COMPRESSED) output.literal(packed, at, end);
    else block(output, packed, at, end, flags & 0x20 ? blockStart : frameStart, blockStart + blockBytes);
    if (output.length - blockStart > blockBytes) throw new PackedFault('an LZ4 block is larger than its frame allows');
    at = end + checksumBytes;
  }
}

/** `earliest`: lowest output position that a match may refer to. `latest`: highest output position at which the block may end. */
function block(
  output: BoundedOutput,
  packed: Buffer,
  start: number,
  end: number,
  earliest: number,
  latest: number,
): void {
  let at = start;
  const length = (nibble: number): number => {
    let total = nibble;
    for (let more = nibble === 15; more; ) {
      if (at >= end) throw new PackedFault('a length in an LZ4 block is cut off');
      const byte = packed[at++]!;
      total += byte;
      more = byte === 255;
    }
    return total;
  };
  while (at < end) {
    const token = packed[at++]!;
    const literals = length(token >> 4);
    if (literals > end - at) throw new PackedFault('literals in an LZ4 block are cut off');
    output.literal(packed, at, at + literals);
    at += literals;
    if (at === end) return;
    if (at + 2 > end) throw new PackedFault('a distance in an LZ4 block is cut off');
    const distance = packed.readUInt16LE(at);
    at += 2;
    const count = length(token & 15) + 4;
    if (distance === 0 || distance > output.length - earliest)
      throw new PackedFault('an LZ4 match begins before its frame');
    if (output.length + count > latest) throw new PackedFault('an LZ4 block is larger than its frame allows');
    output.repeat(distance, count);
  }
}

function u32(packed: Buffer, at: number): number {
  if (at + 4 > packed.length) throw new PackedFault('an LZ4 frame is cut off');
  return packed.readUInt32LE(at);
}
