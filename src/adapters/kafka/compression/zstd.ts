import { PackedFault } from './bounded-output';

/**
 * Parses the structure of zstd frames before anything is decompressed: the library allocates whatever a frame claims.
 *   frame = magic u32, descriptor u8, [window u8], [dictionary id], [content size], block × n, [checksum u32]
 *   block = head u24 (bit 0: last, bits 1–2: kind, bits 3–23: size), bytes (one byte of a repeated kind)
 *   descriptor = bits 6–7 width of the content size, 5 no window (the content is it), 2 checksum, 0–1 width of the dictionary id
 */
const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a5;
const BLOCK_MOST_BYTES = 128 * 1024;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const REPEATED = 1;
/** Each try decompresses again from the frame's beginning. */
const MOST_TRIES = 8;
/** The zstd command accepts windows up to this size by default. */
const WINDOW_MOST_BYTES = 128 * 1024 * 1024;

interface Frame {
  /** Position of the first block, after the head. */
  readonly blocksAt: number;
  /** Position after each block. */
  readonly blockEnds: readonly number[];
  readonly end: number;
  /** null if the frame does not state it. */
  readonly contentBytes: number | null;
  /** The descriptor and window bytes for a frame of these blocks without a content size. */
  readonly window: number;
}

type Library = typeof import('@bokuweb/zstd-wasm');
let library: Promise<Library> | null = null;

/** Loads 250 kB of WebAssembly, only if a producer uses zstd. */
async function load(): Promise<Library> {
  const loaded = await import('@bokuweb/zstd-wasm');
  await loaded.init();
  return loaded;
}

/**
 * Decompresses the frames as far as they certainly fit. `isWhole`: whether that is everything. Throws {@link PackedFault} if the bytes are
 * not zstd.
 */
export async function unzstd(packed: Buffer, mostBytes: number): Promise<{ bytes: Buffer; isWhole: boolean }> {
  library ??= load();
  const { decompress } = await library;
  const parts: Buffer[] = [];
  let room = mostBytes;
  for (let at = 0; at < packed.length; ) {
    if (u32(packed, at) >>> 4 === SKIPPABLE) {
      at += 8 + u32(packed, at + 4);
      continue;
    }
    const frame = frameAt(packed, at);
    const part =
      whole(decompress, packed.subarray(at, frame.end), frame, room) ?? beginning(decompress, packed, frame, room);
    parts.push(part.bytes);
    room -= part.bytes.length;
    if (!part.isWhole) return { bytes: Buffer.concat(parts), isWhole: false };
    at = frame.end;
  }
  return { bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts), isWhole: true };
}

/** null if the frame may hold more than the room left. */
function whole(
  decompress: Library['decompress'],
  packed: Buffer,
  { contentBytes, blockEnds }: Frame,
  room: number,
): { bytes: Buffer; isWhole: true } | null {
  const most = contentBytes ?? blockEnds.length * BLOCK_MOST_BYTES;
  if (contentBytes !== null && contentBytes > room) return null;
  try {
    return { bytes: unpack(decompress, packed, Math.min(most, room)), isWhole: true };
  } catch (error) {
    // A frame without a stated size that may not fit, judged by its structure. Otherwise the frame is damaged.
    if (contentBytes === null && most > room) return null;
    throw error;
  }
}

/**
 * Decompresses as many first blocks of a frame as certainly fit. A block has at most 128 KiB, so it takes room ÷ 128 KiB blocks. Most are
 * smaller: it then decompresses again with as many more as fit in the room that is left.
 */
function beginning(
  decompress: Library['decompress'],
  packed: Buffer,
  frame: Frame,
  room: number,
): { bytes: Buffer; isWhole: false } {
  let bytes: Buffer = Buffer.alloc(0);
  let count = 0;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const more = Math.min(count + Math.floor((room - bytes.length) / BLOCK_MOST_BYTES), frame.blockEnds.length);
    if (more === count) break;
    count = more;
    bytes = unpack(decompress, firstBlocks(packed, frame, count), room);
  }
  return { bytes, isWhole: false };
}

/** Builds a frame from the first blocks of another one. */
function firstBlocks(packed: Buffer, { blocksAt, blockEnds, window }: Frame, count: number): Buffer {
  const lastAt = count === 1 ? blocksAt : blockEnds[count - 2]!;
  const head = Buffer.from([0, 0, 0, 0, 0, window]);
  head.writeUInt32LE(MAGIC, 0);
  const cut = Buffer.concat([head, packed.subarray(blocksAt, blockEnds[count - 1])]);
  cut[head.length + lastAt - blocksAt]! |= 1;
  return cut;
}

function unpack(decompress: Library['decompress'], frame: Buffer, mostBytes: number): Buffer {
  try {
    const bytes = decompress(frame, { defaultHeapSize: Math.max(1, mostBytes) });
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch {
    throw new PackedFault('a zstd frame is damaged');
  }
}

function frameAt(packed: Buffer, start: number): Frame {
  if (u32(packed, start) !== MAGIC) throw new PackedFault('a zstd frame begins with other bytes than its magic');
  const descriptor = u8(packed, start + 4);
  if (descriptor & 8) throw new PackedFault('a zstd frame of an unknown kind');
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeBytes = descriptor >> 6 === 0 && isSingle ? 1 : CONTENT_SIZE_BYTES[descriptor >> 6]!;
  const sizeAt = start + 5 + (isSingle ? 0 : 1) + DICTIONARY_ID_BYTES[descriptor & 3]!;
  const blocksAt = sizeAt + sizeBytes;
  const contentBytes = sizeBytes === 0 ? null : contentSize(packed, sizeAt, sizeBytes);
  const window = isSingle ? windowFor(contentBytes!) : u8(packed, start + 5);
  if (windowBytes(window) > WINDOW_MOST_BYTES)
    throw new PackedFault('a zstd frame asks for a window of more than 128 MiB');
  const blockEnds: number[] = [];
  for (let at = blocksAt, isLast = false; !isLast; ) {
    const head = u8(packed, at) | (u8(packed, at + 1) << 8) | (u8(packed, at + 2) << 16);
    isLast = (head & 1) === 1;
    at += 3 + (((head >> 1) & 3) === REPEATED ? 1 : head >> 3);
    if (at > packed.length) throw new PackedFault('a zstd block goes beyond the batch');
    blockEnds.push(at);
  }
  return { blocksAt, blockEnds, end: blockEnds.at(-1)! + (descriptor & 4 ? 4 : 0), contentBytes, window };
}

function contentSize(packed: Buffer, at: number, bytes: number): number {
  if (at + bytes > packed.length) throw new PackedFault('the head of a zstd frame is cut off');
  if (bytes === 8) return Number(packed.readBigUInt64LE(at));
  return packed.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}

/** window = exponent (5 bits) − 10, mantissa (3 bits) in eighths */
const windowBytes = (window: number): number => 2 ** (10 + (window >> 3)) * (1 + (window & 7) / 8);

/** The smallest window that holds `bytes`. If none is large enough, the largest accepted window. */
function windowFor(bytes: number): number {
  const exponent = Math.ceil(Math.log2(Math.max(1024, Math.min(bytes, WINDOW_MOST_BYTES))));
  return (exponent - 10) << 3;
}

function u8(packed: Buffer, at: number): number {
  const byte = packed[at];
  if (byte === undefined) throw new PackedFault('a zstd frame is cut off');
  return byte;
}

function u32(packed: Buffer, at: number): number {
  if (at + 4 > packed.length) throw new PackedFault('a zstd frame is cut off');
  return packed.readUInt32LE(at);
}
