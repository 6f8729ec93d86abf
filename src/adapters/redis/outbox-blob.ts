/**
 * What one commit produced, as the bytes that wait in Redis until they are published. Version 1:
 *
 *   blob    = version u8 (1), cid length u8, cid UTF-8, topics u8, folded varint × topics, count varint, record × count
 *   record  = flags u8, timestamp signed varint (ms), covers varint × topics, [key blob], value blob
 *   flags   = bit 0: dead letter (else update), bit 1: has a key
 *   covers  = highest offset covered + 1, so that 0 is "none"
 *   varint  = unsigned LEB128 below 2^53; signed: zigzag; blob: length varint, bytes
 *
 * The cid stands at a fixed place because the trim script (scripts.ts) reads it.
 */
import type { OutboxBlob, OutboxRecord } from '../../ports/state-store';
import { ByteReader, ByteWriter } from '../../serde/byte-cursor';

const VERSION = 1;
const DEAD_LETTER = 1;
const HAS_KEY = 2;
/** The cid's length is one byte. */
export const MAX_CID_BYTES = 255;

/** The bytes are no outbox blob of a version that this program knows, or a part of one is missing. */
export class OutboxBlobError extends Error {
  readonly code = 'outbox-blob';
  override readonly name = 'OutboxBlobError';
}

/** One encoder per store: it reuses its buffer. Not to be shared between calls that overlap. */
export class OutboxBlobEncoder {
  private readonly writer = new ByteWriter(64 * 1024);

  /** Throws RangeError for an offset below −1 or beyond 2^53, or a cid longer than {@link MAX_CID_BYTES}. */
  encode({ cid, folded, records }: OutboxBlob): Uint8Array {
    const { writer } = this;
    try {
      const name = new TextEncoder().encode(cid);
      if (name.length > MAX_CID_BYTES) throw new RangeError(`cid of ${name.length} bytes, at most ${MAX_CID_BYTES}`);
      writer.byte(VERSION);
      writer.byte(name.length);
      for (const byte of name) writer.byte(byte);
      writer.byte(folded.length);
      for (const offset of folded) writer.varint(offset);
      writer.varint(records.length);
      for (const record of records) this.record(record, folded.length);
    } catch (error) {
      writer.take();
      throw error;
    }
    return writer.take();
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

/** Keys and values are views of the input. Throws {@link OutboxBlobError}. */
export function decodeOutboxBlob(bytes: Uint8Array): OutboxBlob {
  try {
    return decode(new ByteReader(bytes));
  } catch (error) {
    if (error instanceof OutboxBlobError) throw error;
    throw new OutboxBlobError(`outbox blob of ${bytes.length} bytes is cut off or damaged`, { cause: error });
  }
}

function decode(reader: ByteReader): OutboxBlob {
  const version = reader.byte();
  if (version !== VERSION)
    throw new OutboxBlobError(`outbox blob has version ${version}, this program reads ${VERSION}`);
  const cid = new TextDecoder().decode(Uint8Array.from({ length: reader.byte() }, () => reader.byte()));
  const topics = reader.byte();
  const offsets = (): number[] => Array.from({ length: topics }, () => reader.varint());
  const folded = offsets();
  const records: OutboxRecord[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const flags = reader.byte();
    if (flags > (DEAD_LETTER | HAS_KEY)) throw new OutboxBlobError(`outbox blob ${cid}: unknown flags ${flags}`);
    const timestampMs = reader.signedVarint();
    const covers = offsets().map((next) => next - 1);
    const key = flags & HAS_KEY ? reader.blob() : null;
    const kind = flags & DEAD_LETTER ? 'dead-letter' : 'update';
    records.push({ kind, key, value: reader.blob(), timestampMs, covers });
  }
  if (!reader.done) throw new OutboxBlobError(`outbox blob ${cid}: bytes after its end`);
  return { cid, folded, records };
}
