/** Why a record could not become an update. Literal and stable: readers count and alert by it. */
export const DEAD_LETTER_REASONS = [
  'undecodable',
  'unknown-schema',
  'missing-customer-id',
  'negative-amount',
  'wrong-currency',
  'wrong-partition',
  'time-out-of-range',
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
  /** Name of the topic the record came from. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Log timestamp of the original, ms since the epoch. */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  /** The original bytes, untouched; only their beginning where `originalBytes` is present. */
  readonly value: Uint8Array | null;
  /**
   * Present where the letter is not whole: key or value were cut so that the topic takes it, or a batch could not be read. Size of the
   * original value, or of the batch as the log holds it.
   */
  readonly originalBytes?: number;
  /** SHA-256 of those original bytes, hex; absent where the original had no value. */
  readonly originalSha256?: string;
  /** Last offset that this letter stands for; absent where it stands for one record. */
  readonly lastOffset?: number;
}

/** True where key and value are the record's own, so that it can be written again. */
export function isWhole(letter: DeadLetter): boolean {
  return letter.originalBytes === undefined;
}

/** A decoding outcome: a value or a reason, never a throw. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: DeadLetterReason; readonly detail: string };

/** The detail of a letter `duplicate`. */
export function duplicateDetail({
  eventId,
  customerId,
}: {
  readonly eventId: string;
  readonly customerId: string;
}): string {
  return `Event ${eventId} of customer ${customerId} was folded before; the upstream sent it twice.`;
}

/** The detail of a letter that stands for a batch, or the rest of one, which could not be read. */
export function batchDetail(offset: number, lastOffset: number, fault: string): string {
  const what = lastOffset === offset ? `The record at offset ${offset}` : `Offsets ${offset} to ${lastOffset}`;
  return `${what} could not be read: ${fault}. Mend the producer, then send these records again from their source.`;
}
