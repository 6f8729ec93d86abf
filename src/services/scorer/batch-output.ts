import type { DeadLetter, DeadLetterReason } from '../../domain/dead-letter';
import type { OutboxRecord } from '../../ports/state-store';
import type { DeadLetterCodec } from '../../serde/dead-letter-codec';
import { countOf } from './batch-counts';

/** Bytes of a record in the outbox beside its key and value. */
const RECORD_OVERHEAD_BYTES = 48;

/** The records of a micro-batch, in order, with their size. */
export class BatchOutput {
  readonly records: OutboxRecord[] = [];
  readonly letters = new Map<DeadLetterReason, number>();
  bytes = 0;
  updates = 0;

  constructor(private readonly codec: DeadLetterCodec) {}

  update(record: OutboxRecord): void {
    this.push(record);
    this.updates += 1;
  }

  deadLetter(letter: DeadLetter, covers: readonly number[]): void {
    const value = this.encoded(letter);
    countOf(this.letters, letter.reason);
    this.push({ kind: 'dead-letter', key: letter.key, value, timestampMs: letter.timestampMs, covers });
  }

  /** Drops what was pushed since there were so many records; only updates come and go so. */
  cutTo(records: number): void {
    for (const record of this.records.splice(records)) {
      this.bytes -= sizeOf(record);
      this.updates -= 1;
    }
  }

  /** A letter that can't be written with its original bytes is written without: the partition must go on. */
  private encoded(letter: DeadLetter): Uint8Array {
    try {
      return this.codec.encode(letter);
    } catch (error) {
      const detail = `${letter.detail} The original bytes could not be kept (${String(error).slice(0, 200)}); they lie at this offset of the topic.`;
      return this.codec.encode({ ...letter, detail, key: null, value: null });
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
