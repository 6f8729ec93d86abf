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
  /** The original bytes, untouched. */
  readonly value: Uint8Array | null;
}

/** A decoding outcome: a value or a reason, never a throw. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: DeadLetterReason; readonly detail: string };
