import type { DeadLetter, DeadLetterReason } from '../../domain/dead-letter';
import type { OutboxRecord } from '../../ports/state-store';
import type { DeadLetterCodec } from '../../serde/dead-letter-codec';
import { countOf } from './batch-counts';

/** Bytes of a record in the outbox in addition to its key and value. */
const RECORD_OVERHEAD_BYTES = 48;

/** Bound if the log accepts letters of any size. Letters wait in the outbox, and the commands that list them hold them in memory. */
const MAX_LETTER_BYTES = 16 * 1024 * 1024;

/** The records of a micro-batch, in order, with their size. */
export class BatchOutput {
  readonly records: OutboxRecord[] = [];
  readonly letters = new Map<DeadLetterReason, number>();
  bytes = 0;
  updates = 0;

  constructor(
    private readonly codec: DeadLetterCodec,
    /** Maximum bytes of a dead letter's record. Longer content is cut. */
    private readonly maxLetterBytes = MAX_LETTER_BYTES,
  ) {}

  update(record: OutboxRecord): void {
    this.push(record);
    this.updates += 1;
  }

  deadLetter(letter: DeadLetter, covers: readonly number[]): void {
    const record = this.encoded(letter);
    countOf(this.letters, letter.reason);
    this.push({ kind: 'dead-letter', ...record, timestampMs: letter.timestampMs, covers });
  }

  /** Drops the records after the first `records`. They must all be updates. */
  cutTo(records: number): void {
    for (const record of this.records.splice(records)) {
      this.bytes -= sizeOf(record);
      this.updates -= 1;
    }
  }

  /** A letter that can't be encoded with its original bytes is written without them: it must not block the partition. */
  private encoded(letter: DeadLetter): { readonly key: Uint8Array | null; readonly value: Uint8Array } {
    try {
      return this.codec.encodeWithin(letter, this.maxLetterBytes);
    } catch (error) {
      const detail = `${letter.detail} The original bytes could not be kept (${String(error).slice(0, 200)}); they lie at this offset of the topic.`;
      const originalBytes = letter.originalBytes ?? letter.value?.length ?? 0;
      return this.codec.encodeWithin({ ...letter, detail, key: null, value: null, originalBytes }, this.maxLetterBytes);
    }
  }

  private push(record: OutboxRecord): void {
    this.records.push(record);
    this.bytes += sizeOf(record);
  }
}

function sizeOf({ key, value }: OutboxRecord): number {
  return value.length + (key?.length ?? 0) + RECORD_OVERHEAD_BYTES;
}
