import { crc32c } from '../../serde/crc32c';
import { CODECS, type Codec } from './compression/inflate';

/**
 * A record batch, magic 2, big-endian:
 *   batch  = first offset int64, length int32 (of what follows), leader epoch int32, magic int8, CRC-32C uint32 (of what follows),
 *            attributes int16, last offset delta int32, first timestamp int64, largest timestamp int64, producer id int64,
 *            producer epoch int16, first sequence int32, count int32, records (compressed as one)
 *   record = length varint, attributes int8, timestamp delta varint, offset delta varint, key, value, count varint, header × count
 *   header = name, value; key, name and value = length varint (−1: null), bytes; varint = zigzag LEB128
 *   attributes = bits 0–2 codec, 3 stamped by the log, 4 in a transaction, 5 control
 * Before magic 2 (Kafka 0.11): offset int64, length int32, CRC, magic int8 at the same place. Of those, only offset, length and magic are read.
 */
const HEAD_BYTES = 61;
const LENGTH_END = 12;
const MAGIC_AT = 16;
const CRC_FROM = 21;

export interface RecordBatch {
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** Epoch of the leader that wrote it. −1 if the log has none. */
  readonly leaderEpoch: number;
  readonly magic: number;
  readonly codec: Codec | undefined;
  readonly isStampedByLog: boolean;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly firstTimestampMs: number;
  readonly largestTimestampMs: number;
  readonly producerId: bigint;
  readonly count: number;
  /** The whole batch as stored in the log. */
  readonly bytes: Buffer;
}

/** The batch that begins at a position. null if it is cut off, which can happen to the last one of an answer. */
export function batchAt(set: Buffer, at: number): RecordBatch | null {
  if (at + MAGIC_AT + 1 > set.length) return null;
  const length = set.readInt32BE(at + LENGTH_END - 4);
  const magic = set.readInt8(at + MAGIC_AT);
  const end = at + LENGTH_END + length;
  if (length < MAGIC_AT + 1 - LENGTH_END || end > set.length) return null;
  const bytes = set.subarray(at, end);
  const firstOffset = int64(bytes, 0);
  if (magic !== 2 || bytes.length < HEAD_BYTES) return unparsedBatch(bytes, firstOffset, magic);
  const attributes = bytes.readInt16BE(CRC_FROM);
  return {
    firstOffset,
    lastOffset: firstOffset + bytes.readInt32BE(23),
    leaderEpoch: bytes.readInt32BE(LENGTH_END),
    magic,
    codec: CODECS[attributes & 7],
    isStampedByLog: (attributes & 8) !== 0,
    isTransactional: (attributes & 16) !== 0,
    isControl: (attributes & 32) !== 0,
    firstTimestampMs: int64(bytes, 27),
    largestTimestampMs: int64(bytes, 35),
    producerId: bytes.readBigInt64BE(43),
    count: bytes.readInt32BE(57),
    bytes,
  };
}

/** Minimal data for a message of an old format, or for a head that is too short. */
function unparsedBatch(bytes: Buffer, offset: number, magic: number): RecordBatch {
  const nothing = { isStampedByLog: false, isTransactional: false, isControl: false, producerId: -1n, count: 0 };
  const times = { firstTimestampMs: -1, largestTimestampMs: -1 };
  return {
    ...nothing,
    ...times,
    firstOffset: offset,
    lastOffset: offset,
    leaderEpoch: -1,
    magic,
    codec: undefined,
    bytes,
  };
}

/** Why a batch can't be trusted. null if it can. */
export function damageOf({ magic, bytes, firstOffset, lastOffset, count }: RecordBatch): string | null {
  if (magic !== 2) return magic > 2 ? `it has format ${magic}, which this program does not know` : null;
  if (bytes.length < HEAD_BYTES) return 'its head is cut off';
  if (crc32c(bytes.subarray(CRC_FROM)) !== bytes.readUInt32BE(CRC_FROM - 4))
    return 'its checksum does not fit its bytes';
  return lastOffset < firstOffset || count < 0 ? 'its head has a negative count' : null;
}

/** Records after the head, compressed or not. */
export const packedRecords = ({ bytes }: RecordBatch): Buffer => bytes.subarray(HEAD_BYTES);

/** Type of a control record: 0 aborts its producer's transaction, 1 commits it. Its key: version int16, type int16. */
export function controlType(batch: RecordBatch): number | null {
  const cursor = new RecordCursor(batch, packedRecords(batch));
  try {
    const key = cursor.next()?.key;
    return key && key.length >= 4 ? Buffer.from(key).readInt16BE(2) : null;
  } catch {
    return null;
  }
}

export interface WireRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>> | null;
  /** Size of the record in its batch. */
  readonly bytes: number;
}

/** A record that extends beyond its batch or has impossible fields. */
export class RecordFault extends Error {
  override readonly name = 'RecordFault';
}

/** Headers carry provenance and similar data. Further headers are skipped, so that a record with very many costs no more than others. */
const MOST_HEADERS = 64;
const MOST_HEADER_BYTES = 4096;
/** length, attributes, two deltas, key, value, count of headers */
const LEAST_RECORD_BYTES = 7;

/** Iterates over the records of a batch. Keys and values are views. */
export class RecordCursor {
  private at = 0;
  private read = 0;
  private lastOffset: number;

  constructor(
    private readonly batch: RecordBatch,
    private readonly records: Buffer,
  ) {
    this.lastOffset = batch.firstOffset - 1;
  }

  /** The next record, or null after the last one. Throws {@link RecordFault}, and throws it again on every later call. */
  next(): WireRecord | null {
    if (this.read === this.batch.count) return null;
    const start = this.at;
    const length = this.varint();
    const end = this.at + length;
    if (length < LEAST_RECORD_BYTES - 1 || end > this.records.length) throw this.fault('goes beyond the batch');
    this.at += 1;
    const timestampDelta = this.varint();
    const offset = this.batch.firstOffset + this.varint();
    if (offset <= this.lastOffset || offset > this.batch.lastOffset) throw this.fault(`has offset ${offset}`);
    const key = this.blob(end);
    const value = this.blob(end);
    const headers = this.headers(end);
    this.at = end;
    this.read += 1;
    this.lastOffset = offset;
    const { isStampedByLog, largestTimestampMs, firstTimestampMs } = this.batch;
    const timestampMs = isStampedByLog ? largestTimestampMs : firstTimestampMs + timestampDelta;
    return { offset, timestampMs, key, value, headers, bytes: end - start };
  }

  private headers(end: number): Record<string, string> | null {
    const count = this.varint();
    if (count < 0) throw this.fault('has a negative count of headers');
    if (count === 0) return null;
    const found = new Map<string, string>();
    for (let left = Math.min(count, MOST_HEADERS); left > 0; left--) {
      const name = this.blob(end);
      const value = this.blob(end);
      if (name === null) throw this.fault('has a header without a name');
      if (name.length + (value?.length ?? 0) > MOST_HEADER_BYTES) continue;
      const text = value === null ? 'null' : value.toString();
      const before = found.get(name.toString());
      found.set(name.toString(), before === undefined ? text : `${before},${text}`);
    }
    return Object.fromEntries(found);
  }

  private blob(end: number): Buffer | null {
    const length = this.varint();
    if (length === -1) return null;
    const from = this.at;
    if (length < 0 || from + length > end) throw this.fault('has a field that goes beyond it');
    this.at = from + length;
    return this.records.subarray(from, this.at);
  }

  private varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 64; scale *= 128) {
      const byte = this.records[this.at++];
      if (byte === undefined) throw this.fault('is cut off');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw this.fault('has a number of more than ten bytes');
  }

  private fault(what: string): RecordFault {
    return new RecordFault(`record ${this.read} of ${this.batch.count} ${what}`);
  }
}

/** Kafka's offsets and times are int64. Ours are numbers, exact below 2^53. */
function int64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}
