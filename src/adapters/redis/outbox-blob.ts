/**
 * The output of one commit, as the bytes that wait in Redis until they are published. Version 2:
 *
 *   blob    = version u8 (2), commit id length u8, commit id UTF-8, topics u8, folded varint × topics, count varint, record × count, CRC-32C u32
 *   record  = flags u8, timestamp signed varint (ms), covers varint × topics, [key blob], value blob
 *   flags   = bit 0: dead letter (else update), bit 1: has a key
 *   covers  = highest offset covered + 1, so that 0 is "none"
 *   varint  = unsigned LEB128 below 2^53; signed: zigzag; blob: length varint, bytes
 *
 * Version 1 is the same without the checksum, which covers everything before it. Format level 1 writes version 1, all later ones version 2.
 * The commit id is at a fixed position because the trim script (scripts.ts) reads it.
 */
import type { OutboxBlob, OutboxRecord } from '../../ports/state-store';
import { ByteReader, ByteWriter, withoutChecksum } from '../../serde/byte-cursor';
import { CHECKED_FORMAT, NEWEST_FORMAT, OLDEST_FORMAT, TIERED_FORMAT } from '../../serde/format-level';

const VERSION_OF_FORMAT: Readonly<Record<number, number>> = {
  [OLDEST_FORMAT]: 1,
  [CHECKED_FORMAT]: 2,
  [TIERED_FORMAT]: 2,
};
const CHECKED_FROM = 2;
const DEAD_LETTER = 1;
const HAS_KEY = 2;
/** The commit id's length is one byte. */
const MAX_COMMIT_ID_BYTES = 255;

/** The bytes are not an outbox blob of a supported version, or a part is missing. */
export class OutboxBlobError extends Error {
  readonly code = 'outbox-blob';
  override readonly name = 'OutboxBlobError';
}

/** One encoder per store: it reuses its buffer. Don't share it between overlapping calls. */
export class OutboxBlobEncoder {
  private readonly writer = new ByteWriter(64 * 1024);

  /** Throws RangeError for an offset below −1 or beyond 2^53, or a commit id longer than {@link MAX_COMMIT_ID_BYTES}. */
  encode({ commitId, folded, records }: OutboxBlob, format: number = NEWEST_FORMAT): Uint8Array {
    const version = VERSION_OF_FORMAT[format];
    if (version === undefined) throw new RangeError(`format level ${format} has no outbox blob`);
    const name = new TextEncoder().encode(commitId);
    if (name.length > MAX_COMMIT_ID_BYTES)
      throw new RangeError(`commit id of ${name.length} bytes, at most ${MAX_COMMIT_ID_BYTES}`);
    return this.writer.write((writer) => {
      writer.byte(version);
      writer.byte(name.length);
      writer.raw(name);
      writer.byte(folded.length);
      for (const offset of folded) writer.varint(offset);
      writer.varint(records.length);
      for (const record of records) this.record(record, folded.length);
      if (version >= CHECKED_FROM) writer.checksum();
    });
  }

  private record({ kind, key, value, timestampMs, covers }: OutboxRecord, topics: number): void {
    if (covers.length !== topics) throw new RangeError(`covers has ${covers.length} topics, folded has ${topics}`);
    const { writer } = this;
    writer.byte((kind === 'dead-letter' ? DEAD_LETTER : 0) | (key === null ? 0 : HAS_KEY));
    writer.signedVarint(timestampMs);
    for (const offset of covers) writer.varint(offset + 1);
    if (key !== null) writer.blob(key);
    writer.blob(value);
  }
}

/** Whether a blob has the version that this format level writes. Reads its first byte only. */
export function isOutboxBlobOf(format: number, bytes: Uint8Array): boolean {
  return bytes[0] === VERSION_OF_FORMAT[format];
}

/** Keys and values are views of the input. Throws {@link OutboxBlobError} only. */
export function decodeOutboxBlob(bytes: Uint8Array): OutboxBlob {
  try {
    const version = bytes[0];
    if (version !== 1 && version !== 2) throw new RangeError(`version ${version}, this program reads 1 and 2`);
    return decode(new ByteReader(version >= CHECKED_FROM ? withoutChecksum(bytes) : bytes));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OutboxBlobError(`outbox blob of ${bytes.length} bytes can't be read: ${reason}`, { cause: error });
  }
}

function decode(reader: ByteReader): OutboxBlob {
  reader.byte();
  const commitId = reader.utf8(reader.byte());
  const topics = reader.byte();
  const offsets = (): number[] => Array.from({ length: topics }, () => reader.varint());
  const folded = offsets();
  const records: OutboxRecord[] = [];
  // Smallest record: flags, timestamp, a byte per topic and the value's length.
  for (let left = reader.count(3 + topics); left > 0; left--) {
    const flags = reader.code((DEAD_LETTER | HAS_KEY) + 1, 'flags');
    const timestampMs = reader.signedVarint();
    const covers = offsets().map((next) => next - 1);
    const key = flags & HAS_KEY ? reader.blob() : null;
    const kind = flags & DEAD_LETTER ? 'dead-letter' : 'update';
    records.push({ kind, key, value: reader.blob(), timestampMs, covers });
  }
  reader.end();
  return { commitId, folded, records };
}
