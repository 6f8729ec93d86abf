import type { OutgoingRecord } from '../../ports/log';
import { crc32c } from '../../serde/crc32c';

/** What a batch says about its producer. */
export interface BatchOrigin {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** Number of the first record among those that this producer id sent to the partition. */
  readonly firstSequence: number;
  readonly isTransactional: boolean;
}

type Content = Pick<OutgoingRecord, 'key' | 'value' | 'timestampMs' | 'headers'>;

const HEAD_BYTES = 61;
const LENGTH_END = 12;
const CRC_FROM = 21;
const TRANSACTIONAL = 16;
/** Two lengths and two deltas of up to 10 and 5 bytes, key, value and count of headers: an upper bound, without key, value and headers. */
const RECORD_ROOM = 40;
const NO_HEADERS = Buffer.of(0);

/** The longest batch that {@link writeBatch} can make of these records, in bytes. */
export function batchRoom(records: readonly Content[]): number {
  let room = HEAD_BYTES;
  for (const { key, value, headers } of records) {
    room += RECORD_ROOM + (key?.length ?? 0) + (value?.length ?? 0);
    for (const name in headers) room += 10 + 3 * (name.length + headers[name]!.length);
  }
  return room;
}

/**
 * Writes records as one uncompressed batch of format 2 (see record-batch.ts for its layout) into `buffer` from `at` on. Returns its end.
 * The buffer needs {@link batchRoom} bytes there. Records must not be empty.
 */
export function writeBatch(buffer: Buffer, at: number, records: readonly Content[], origin: BatchOrigin): number {
  const [first, largest] = span(records);
  let headers: Content['headers'];
  let headerBytes: Uint8Array = NO_HEADERS;
  let end = at + HEAD_BYTES;
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!;
    // All records of a transaction share one object.
    if (record.headers !== headers) {
      headers = record.headers;
      headerBytes = headers === undefined ? NO_HEADERS : encodeHeaders(headers);
    }
    end = writeRecord(buffer, end, record, record.timestampMs - first, index, headerBytes);
  }
  writeInt64(buffer, at, 0);
  buffer.writeInt32BE(end - at - LENGTH_END, at + 8);
  buffer.writeInt32BE(0, at + LENGTH_END);
  buffer[at + 16] = 2;
  buffer.writeInt16BE(origin.isTransactional ? TRANSACTIONAL : 0, at + CRC_FROM);
  buffer.writeInt32BE(records.length - 1, at + 23);
  writeInt64(buffer, at + 27, first);
  writeInt64(buffer, at + 35, largest);
  buffer.writeBigInt64BE(origin.producerId, at + 43);
  buffer.writeInt16BE(origin.producerEpoch, at + 51);
  buffer.writeInt32BE(origin.firstSequence, at + 53);
  buffer.writeInt32BE(records.length, at + 57);
  buffer.writeUInt32BE(crc32c(buffer, at + CRC_FROM, end), at + CRC_FROM - 4);
  return end;
}

function span(records: readonly Content[]): [first: number, largest: number] {
  let first = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  for (const { timestampMs } of records) {
    if (timestampMs < first) first = timestampMs;
    if (timestampMs > largest) largest = timestampMs;
  }
  return [first, largest];
}

function writeRecord(
  buffer: Buffer,
  from: number,
  { key, value }: Content,
  timestampDelta: number,
  offsetDelta: number,
  headers: Uint8Array,
): number {
  const length =
    1 + varintBytes(timestampDelta) + varintBytes(offsetDelta) + blobBytes(key) + blobBytes(value) + headers.length;
  let at = writeVarint(buffer, from, length);
  buffer[at++] = 0;
  at = writeVarint(buffer, at, timestampDelta);
  at = writeVarint(buffer, at, offsetDelta);
  at = writeBlob(buffer, at, key);
  at = writeBlob(buffer, at, value);
  buffer.set(headers, at);
  return at + headers.length;
}

function encodeHeaders(headers: Readonly<Record<string, string>>): Buffer {
  const fields = Object.entries(headers).map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const);
  const size = fields.reduce((sum, [name, value]) => sum + blobBytes(name) + blobBytes(value), 0);
  const buffer = Buffer.allocUnsafe(varintBytes(fields.length) + size);
  let at = writeVarint(buffer, 0, fields.length);
  for (const [name, value] of fields) at = writeBlob(buffer, writeBlob(buffer, at, name), value);
  return buffer;
}

function blobBytes(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintBytes(bytes.length) + bytes.length;
}

function writeBlob(buffer: Buffer, at: number, bytes: Uint8Array | null): number {
  if (bytes === null) return writeVarint(buffer, at, -1);
  const from = writeVarint(buffer, at, bytes.length);
  buffer.set(bytes, from);
  return from + bytes.length;
}

/** Zigzag: 0, −1, 1, −2, … become 0, 1, 2, 3, … Exact up to 2^52. */
const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = zigzag(value); rest >= 128; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}

function writeVarint(buffer: Buffer, from: number, value: number): number {
  let at = from;
  let rest = zigzag(value);
  for (; rest >= 128; rest = Math.floor(rest / 128)) buffer[at++] = (rest % 128) | 128;
  buffer[at++] = rest;
  return at;
}

function writeInt64(buffer: Buffer, at: number, value: number): void {
  buffer.writeInt32BE(Math.floor(value / 2 ** 32), at);
  buffer.writeUInt32BE(value >>> 0, at + 4);
}
