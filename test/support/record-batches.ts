import { crc32c } from '../../src/serde/crc32c';

/** Writes record batches like a producer, for tests of their readers. Codec by number: 1 gzip, 2 snappy, 3 LZ4, 4 zstd. */
export interface BatchOptions {
  readonly firstOffset?: number;
  /** Offsets of the records. Default: consecutive. */
  readonly offsets?: readonly number[];
  readonly lastOffset?: number;
  readonly codec?: number;
  readonly pack?: (records: Buffer) => Uint8Array;
  readonly producerId?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  readonly isStampedByLog?: boolean;
  readonly timestampMs?: number;
  /** The count in the head. Default: the true one. */
  readonly count?: number;
}

export interface RecordContent {
  readonly key?: Buffer | null;
  readonly value?: Buffer | null;
  readonly headers?: readonly (readonly [string, Buffer | null])[];
}

export function varint(value: number): Buffer {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  const bytes: number[] = [];
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

const blob = (bytes: Buffer | null): Buffer =>
  bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes]);

export function encodeRecord({ key = null, value = null, headers = [] }: RecordContent, offsetDelta: number): Buffer {
  const inHeaders = headers.map(([name, text]) => Buffer.concat([blob(Buffer.from(name)), blob(text)]));
  const head = [Buffer.from([0]), varint(0), varint(offsetDelta), blob(key), blob(value), varint(headers.length)];
  const body = Buffer.concat([...head, ...inHeaders]);
  return Buffer.concat([varint(body.length), body]);
}

export function encodeBatch(contents: readonly RecordContent[], options: BatchOptions = {}): Buffer {
  const { firstOffset = 0, offsets = contents.map((_, i) => firstOffset + i) } = options;
  const plain = Buffer.concat(contents.map((content, i) => encodeRecord(content, offsets[i]! - firstOffset)));
  return encodeBatchOf(options.pack ? Buffer.from(options.pack(plain)) : plain, contents.length, {
    lastOffset: offsets.at(-1) ?? firstOffset,
    ...options,
  });
}

/** A batch around bytes that need not be records. */
export function encodeBatchOf(packed: Buffer, records: number, options: BatchOptions = {}): Buffer {
  const { firstOffset = 0, codec = 0, producerId = -1, timestampMs = 5, count = records } = options;
  const batch = Buffer.concat([Buffer.alloc(61), packed]);
  batch.writeBigInt64BE(BigInt(firstOffset), 0);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt8(2, 16);
  const flags = (options.isStampedByLog ? 8 : 0) | (options.isTransactional ? 16 : 0) | (options.isControl ? 32 : 0);
  batch.writeInt16BE(codec | flags, 21);
  batch.writeInt32BE((options.lastOffset ?? firstOffset) - firstOffset, 23);
  batch.writeBigInt64BE(BigInt(timestampMs), 27);
  batch.writeBigInt64BE(BigInt(timestampMs), 35);
  batch.writeBigInt64BE(BigInt(producerId), 43);
  batch.writeInt32BE(count, 57);
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

export function controlBatch(offset: number, producerId: number, type: 'abort' | 'commit'): Buffer {
  const key = Buffer.from([0, 0, 0, type === 'commit' ? 1 : 0]);
  const options = { firstOffset: offset, producerId, isTransactional: true, isControl: true };
  return encodeBatch([{ key, value: Buffer.alloc(6) }], options);
}
