import type { DeadLetter, DeadLetterReason, Decoded } from '../domain/dead-letter';
import { DEAD_LETTER, DEAD_LETTER_V1, ownSchemas, type SchemaById } from './contracts';
import { asBuffer, FramedWriter } from './framing';
import { fitLetter } from './letter-fit';
import { OwnRecordReader } from './own-record-reader';

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
  readonly originalBytes: number | null;
  readonly originalSha256: string | null;
  readonly lastOffset: number | null;
}

/**
 * Dead letters ↔ framed Avro. Letters that fit the first version of the contract are written in it, so that earlier readers can read them.
 */
export class DeadLetterCodec {
  private readonly writer: FramedWriter;
  private readonly firstWriter: FramedWriter;
  private readonly reader: OwnRecordReader<DeadLetterRecord>;

  /** `id`: the schema id that the schema registry gave to the contract. All letters are written with it then. Default: this program's own. */
  constructor(schemaById: SchemaById = ownSchemas, id?: number) {
    this.writer = new FramedWriter(id === undefined ? DEAD_LETTER : { ...DEAD_LETTER, id });
    this.firstWriter = id === undefined ? new FramedWriter(DEAD_LETTER_V1) : this.writer;
    this.reader = new OwnRecordReader([DEAD_LETTER, DEAD_LETTER_V1], schemaById, false);
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
      originalBytes: letter.originalBytes ?? null,
      originalSha256: letter.originalSha256 ?? null,
      lastOffset: letter.lastOffset ?? null,
    };
    const { originalBytes, originalSha256, lastOffset } = letter;
    const isFirstVersion = (originalBytes ?? originalSha256 ?? lastOffset) === undefined;
    return (isFirstVersion ? this.firstWriter : this.writer).encode(record);
  }

  /** Key and value of the letter's record, cut so that they take at most `maxBytes` together. */
  encodeWithin(letter: DeadLetter, maxBytes: number): { readonly key: Uint8Array | null; readonly value: Uint8Array } {
    const fitted = fitLetter(letter, maxBytes);
    return { key: fitted.key, value: this.encode(fitted) };
  }

  decode(value: Uint8Array | null): Decoded<DeadLetter> {
    const read = this.reader.read(value);
    if (!read.ok) return read;
    const { reason, timestamp, originalBytes, originalSha256, lastOffset, ...same } = read.value;
    const letter: DeadLetter = {
      ...same,
      // A newer program may have more reasons. Readers pass them on unchanged.
      reason: reason as DeadLetterReason,
      timestampMs: timestamp,
      ...(originalBytes === null ? {} : { originalBytes }),
      ...(originalSha256 === null ? {} : { originalSha256 }),
      ...(lastOffset === null ? {} : { lastOffset }),
    };
    return { ok: true, value: letter };
  }
}
