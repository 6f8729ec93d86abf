/**
 * Every key and value of the embedded store. Integers are big-endian, so that LMDB's byte order is numeric order.
 *
 * | table      | key                                        | value                                                          |
 * |------------|--------------------------------------------|----------------------------------------------------------------|
 * | topics     | name, UTF-8                                | JSON {@link TopicEntry}                                        |
 * | log        | topic id u16, partition u32, offset u48    | timestamp f64, key length + 1 u32 (0: null), key, flags u8 (1: has a value, 2: has headers), [headers length u32, JSON], value |
 * | ends       | topic id u16, partition u32                | start, end, held, compact-at: u48 each                         |
 * | states     | partition u32, customer id UTF-8           | the state blob                                                 |
 * | shards     | partition u32, shard u16, customer id UTF-8 | empty                                                         |
 * | partitions | partition u32                              | JSON {@link PartitionEntry}                                    |
 * | leases     | group UTF-8, 0, kind u8, partition u32 or member UTF-8 | JSON, see leases.ts                                |
 * | leases     | writer's name UTF-8, 0, 'f'                | JSON number: the epoch of a fenced writer                      |
 */
import type { DeploymentIdentity } from '../../domain/deployment-identity';
import type { OffsetVector } from '../../domain/event';
import type { LogRecord } from '../../ports/log';
import { EmbeddedError } from './errors';

export interface TopicEntry {
  readonly id: number;
  readonly name: string;
  readonly partitions: number;
  readonly compacted: boolean;
}

/** Commit chain, folded and emitted offsets of one partition. One entry per commit, so the cost of JSON does not matter. */
export interface PartitionEntry {
  readonly epoch: number;
  readonly publisherEpoch: number;
  readonly commits: number;
  readonly cids: readonly string[];
  readonly folded: OffsetVector;
  /** Emitted offsets. null if nothing was ever published. */
  readonly emitted: OffsetVector | null;
  /** Deployment of the first owner. Absent before the first claim. */
  readonly identity?: DeploymentIdentity;
  /** Format level of its states. If absent, 1. */
  readonly format?: number;
  /** Epoch of the last claim by a program that supports format levels. */
  readonly levelsReadAt?: number;
  /** The same, with the newest level that it reads. Programs of level 2 do not write it, and leave an older one. */
  readonly levelRead?: { readonly epoch: number; readonly newest: number };
}

/** What the log stores of a record. */
export type StoredRecord = Omit<LogRecord, 'offset'>;

/** Bounds and size of a partition of the log. */
export interface Ends {
  readonly start: number;
  readonly end: number;
  /** Number of records stored. Below end − start after a compaction. */
  readonly held: number;
  /** Compaction runs if more records than this are stored. */
  readonly compactAt: number;
}

/** LMDB's own limit is 1,978 bytes with 4 KiB pages. */
const MAX_CUSTOMER_ID_BYTES = 1900;
const OFFSET_BYTES = 6;
const LOG_KEY_BYTES = 12;
const RECORD_HEAD_BYTES = 13;
const HEADERS_LENGTH_BYTES = 4;
const HAS_VALUE = 1;
const HAS_HEADERS = 2;
const CUSTOMER_AT = 4;
const SHARD_CUSTOMER_AT = 6;

export function endsKey(topicId: number, partition: number): Buffer {
  const key = Buffer.allocUnsafe(6);
  key.writeUInt16BE(topicId, 0);
  key.writeUInt32BE(partition, 2);
  return key;
}

export function logKey(topicId: number, partition: number, offset: number): Buffer {
  const key = Buffer.allocUnsafe(LOG_KEY_BYTES);
  key.writeUInt16BE(topicId, 0);
  key.writeUInt32BE(partition, 2);
  key.writeUIntBE(offset, 6, OFFSET_BYTES);
  return key;
}

export function offsetOfLogKey(key: Uint8Array): number {
  return view(key).readUIntBE(6, OFFSET_BYTES);
}

export function partitionKey(partition: number): Buffer {
  const key = Buffer.allocUnsafe(4);
  key.writeUInt32BE(partition, 0);
  return key;
}

export function stateKey(partition: number, customerId: string): Buffer {
  const key = Buffer.allocUnsafe(CUSTOMER_AT + idBytes(customerId));
  key.writeUInt32BE(partition, 0);
  key.write(customerId, CUSTOMER_AT);
  return key;
}

export function customerOfStateKey(key: Uint8Array): string {
  return view(key).toString('utf8', CUSTOMER_AT);
}

export function shardKey(partition: number, shard: number, customerId = ''): Buffer {
  const key = Buffer.allocUnsafe(SHARD_CUSTOMER_AT + idBytes(customerId));
  key.writeUInt32BE(partition, 0);
  key.writeUInt16BE(shard, 4);
  key.write(customerId, SHARD_CUSTOMER_AT);
  return key;
}

export function customerOfShardKey(key: Uint8Array): string {
  return view(key).toString('utf8', SHARD_CUSTOMER_AT);
}

/** Leases ('l') and members ('m') of a group. */
export function leaseKey(group: string, partition: number): Buffer {
  return Buffer.concat([leasePrefix(group, 'l'), partitionKey(partition)]);
}

export function memberKey(group: string, member: string): Buffer {
  return Buffer.concat([leasePrefix(group, 'm'), Buffer.from(member)]);
}

/** The epoch of a fenced writer. */
export function fenceKey(writer: string): Buffer {
  return leasePrefix(writer, 'f');
}

export function leasePrefix(group: string, kind: 'l' | 'm' | 'f'): Buffer {
  return Buffer.from(`${group}\0${kind}`);
}

/** The first key after all keys that begin with the prefix. */
export function pastPrefix(prefix: Buffer): Buffer {
  return Buffer.concat([prefix, Buffer.alloc(64, 0xff)]);
}

export function encodeEnds(ends: Ends): Buffer {
  const value = Buffer.allocUnsafe(4 * OFFSET_BYTES);
  [ends.start, ends.end, ends.held, ends.compactAt].forEach((n, i) => {
    value.writeUIntBE(n, i * OFFSET_BYTES, OFFSET_BYTES);
  });
  return value;
}

export function decodeEnds(value: Uint8Array | undefined): Ends {
  if (value === undefined) return { start: 0, end: 0, held: 0, compactAt: 0 };
  const at = (i: number): number => view(value).readUIntBE(i * OFFSET_BYTES, OFFSET_BYTES);
  return { start: at(0), end: at(1), held: at(2), compactAt: at(3) };
}

export function encodeRecord({ timestampMs, key, value, headers }: StoredRecord): Buffer {
  const keyLength = key?.length ?? 0;
  const json = headers === undefined ? null : encodeJson(headers);
  const headersLength = json === null ? 0 : HEADERS_LENGTH_BYTES + json.length;
  const record = Buffer.allocUnsafe(RECORD_HEAD_BYTES + keyLength + headersLength + (value?.length ?? 0));
  record.writeDoubleBE(timestampMs, 0);
  record.writeUInt32BE(key === null ? 0 : keyLength + 1, 8);
  if (key !== null) record.set(key, 12);
  record.writeUInt8((value === null ? 0 : HAS_VALUE) | (json === null ? 0 : HAS_HEADERS), 12 + keyLength);
  const headersAt = RECORD_HEAD_BYTES + keyLength;
  if (json !== null) {
    record.writeUInt32BE(json.length, headersAt);
    record.set(json, headersAt + HEADERS_LENGTH_BYTES);
  }
  if (value !== null) record.set(value, headersAt + headersLength);
  return record;
}

export function decodeRecord(offset: number, record: Uint8Array): LogRecord {
  const bytes = view(record);
  const keyField = bytes.readUInt32BE(8);
  const keyEnd = 12 + Math.max(0, keyField - 1);
  const flags = bytes.readUInt8(keyEnd);
  const headersAt = keyEnd + 1 + HEADERS_LENGTH_BYTES;
  const valueAt = flags & HAS_HEADERS ? headersAt + bytes.readUInt32BE(keyEnd + 1) : keyEnd + 1;
  return {
    offset,
    timestampMs: bytes.readDoubleBE(0),
    key: keyField === 0 ? null : bytes.subarray(12, keyEnd),
    value: flags & HAS_VALUE ? bytes.subarray(valueAt) : null,
    ...(flags & HAS_HEADERS ? { headers: decodeJson(bytes.subarray(headersAt, valueAt)) } : {}),
  };
}

export function encodeJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Only for values that this layout wrote itself. */
export function decodeJson<T>(value: Uint8Array): T {
  return JSON.parse(view(value).toString()) as T;
}

function idBytes(customerId: string): number {
  const length = Buffer.byteLength(customerId);
  if (length <= MAX_CUSTOMER_ID_BYTES) return length;
  throw new EmbeddedError(
    'embedded-key-too-long',
    `customer id of ${length} bytes: the embedded store takes at most ${MAX_CUSTOMER_ID_BYTES}`,
  );
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
