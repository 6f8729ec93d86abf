/** Why a record could not become an update. Never rename one: readers count them and set alerts on them. */
export const DEAD_LETTER_REASONS = [
  'undecodable',
  'unknown-schema',
  'missing-customer-id',
  'negative-amount',
  'wrong-currency',
  'wrong-partition',
  'time-out-of-range',
  'timestamp-ahead',
  'invalid-value',
  'duplicate',
  'fold-failed',
  'state-unreadable',
  'batch-unreadable',
] as const;
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];

export interface DeadLetter {
  readonly reason: DeadLetterReason;
  /** One sentence that names the subject and the fix. */
  readonly detail: string;
  /** Name of the topic of the record. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Log timestamp of the original, ms since the epoch. */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  /** The original bytes, unchanged. If `originalBytes` is present, only their beginning. */
  readonly value: Uint8Array | null;
  /**
   * Present if the letter is not complete: key or value were cut to fit the topic, or a batch could not be read. Size of the original
   * value, or of the batch in the log.
   */
  readonly originalBytes?: number;
  /** SHA-256 of those original bytes, hex. Absent if the original had no value. */
  readonly originalSha256?: string;
  /** Last offset that this letter covers. Absent if it covers one record. */
  readonly lastOffset?: number;
}

/** True if key and value are those of the record, so that it can be written again. */
export function isWhole(letter: DeadLetter): boolean {
  return letter.originalBytes === undefined;
}

/** Result of decoding: a value or a reason. Decoders never throw. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: DeadLetterReason; readonly detail: string };

/** The detail of a letter `duplicate`. The audit compares it with stored letters, so a new wording would contradict old ones. */
export function duplicateDetail({
  eventId,
  customerId,
}: {
  readonly eventId: string;
  readonly customerId: string;
}): string {
  return `Event ${eventId} of customer ${customerId} was folded before; the upstream sent it twice.`;
}

/** The detail of a letter that covers a batch, or the rest of one, that could not be read. */
export function batchDetail(offset: number, lastOffset: number, fault: string): string {
  const what = lastOffset === offset ? `The record at offset ${offset}` : `Offsets ${offset} to ${lastOffset}`;
  return `${what} could not be read: ${fault}. Mend the producer, then send these records again from their source.`;
}
