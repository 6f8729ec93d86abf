import type { DeadLetterReason, Decoded } from '../dead-letter';
import type { CustomerEvent, Tick } from '../event';

/** The part of a dead letter that is kept until its record is read. Texts and bytes are kept as digests. */
export interface LetterFacts {
  /** Offset in the dead-letter topic. */
  readonly at: number;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly timestampMs: number;
  readonly keyDigest: string;
  /** Digest of the value. If the letter's value was cut, the digest of the whole value according to the letter. */
  readonly valueDigest: string;
  readonly valueBytes: number;
  /** Fields that contradict the letter itself. */
  readonly faults: readonly string[];
}

/** The record at the letter's position. */
export interface OriginalFacts {
  readonly decoded: Decoded<CustomerEvent | Tick>;
  /** The detail that decoding returns, in the form of {@link LetterFacts.detail}. */
  readonly detail: string;
  readonly timestampMs: number;
  readonly keyDigest: string;
  readonly valueDigest: string;
  readonly valueBytes: number;
  /** True for a repeat of one of the customer's newest events of the topic. null if that cannot be determined. */
  readonly repeat: boolean | null;
  /** The details of the letters of a repeat and of a record from the future, in the same form. */
  readonly repeatDetail: string;
  readonly aheadDetail: string;
  /** The writer's schema is not this program's own. It may have been added to the schema registry since. */
  readonly foreignSchema: boolean;
}

/** Reasons that come from the scorer's own state, not from the record. */
const SET_ASIDE: readonly string[] = ['fold-failed', 'state-unreadable'];

export function isSetAside({ reason }: Pick<LetterFacts, 'reason'>): boolean {
  return SET_ASIDE.includes(reason);
}

/** True if the reason is the scorer's word: the record alone can't show whether it is right. */
export function isClaim({ reason }: Pick<LetterFacts, 'reason'>): boolean {
  return SET_ASIDE.includes(reason) || reason === 'timestamp-ahead';
}

/** Names of the fields of a dead letter that contradict its record. */
export function letterFaults(letter: LetterFacts, original: OriginalFacts): string[] {
  const faults = [...letter.faults];
  if (letter.timestampMs !== original.timestampMs) faults.push('timestamp');
  if (letter.keyDigest !== original.keyDigest) faults.push('key');
  if (letter.valueDigest !== original.valueDigest || letter.valueBytes !== original.valueBytes) faults.push('value');
  return [...faults, ...reasonFaults(letter, original)];
}

function reasonFaults(letter: LetterFacts, original: OriginalFacts): string[] {
  const { decoded, repeat, foreignSchema } = original;
  if (!decoded.ok) {
    if (letter.reason !== decoded.reason) return learntSince(letter, foreignSchema) ? [] : ['reason'];
    return letter.detail === original.detail || learntSince(letter, foreignSchema) ? [] : ['detail'];
  }
  if (letter.reason === 'duplicate') {
    if (repeat === false) return ['reason'];
    return letter.detail === original.repeatDetail ? [] : ['detail'];
  }
  // Whether the timestamp was in the future is not compared with the clock: it has moved on.
  if (letter.reason === 'timestamp-ahead') return letter.detail === original.aheadDetail ? [] : ['detail'];
  // The scorer detects a repeat before the fold can fail. If the state is unreadable, it cannot detect a repeat.
  if (isSetAside(letter)) return repeat === true && letter.reason === 'fold-failed' ? ['reason'] : [];
  return learntSince(letter, foreignSchema) ? [] : ['reason'];
}

/** True if the schema may have been added or repaired after the record was refused. */
function learntSince({ reason }: LetterFacts, foreignSchema: boolean): boolean {
  return foreignSchema && (reason === 'unknown-schema' || reason === 'undecodable');
}
