import type { DeadLetter, DeadLetterReason, Decoded } from '../domain/dead-letter';
import { DEAD_LETTER, ownSchemas, type SchemaById } from './contracts';
import { asBuffer, FramedWriter } from './framing';
import { RecordReader } from './record-reader';

/** As in schemas/dead-letter.avsc. */
interface DeadLetterRecord {
  readonly reason: string;
  readonly detail: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** Dead letters ↔ framed Avro, original bytes untouched. */
export class DeadLetterCodec {
  private readonly writer = new FramedWriter(DEAD_LETTER);
  private readonly reader: RecordReader<DeadLetterRecord>;

  constructor(schemaById: SchemaById = ownSchemas) {
    this.reader = new RecordReader(DEAD_LETTER, schemaById, false);
  }

  encode(letter: DeadLetter): Uint8Array {
    const record: DeadLetterRecord = {
      reason: letter.reason,
      detail: letter.detail,
      topic: letter.topic,
      partition: letter.partition,
      offset: letter.offset,
      timestamp: letter.timestampMs,
      key: letter.key && asBuffer(letter.key),
      value: letter.value && asBuffer(letter.value),
    };
    return this.writer.encode(record);
  }

  decode(value: Uint8Array | null): Decoded<DeadLetter> {
    const read = this.reader.read(value);
    if (!read.ok) return read;
    const { reason, timestamp, ...same } = read.value;
    // A newer program may know more reasons; a reader passes them on.
    return { ok: true, value: { ...same, reason: reason as DeadLetterReason, timestampMs: timestamp } };
  }
}
