import type { DeadLetterReason, Decoded } from '../dead-letter';
import type { CustomerEvent, Tick } from '../event';

/** What is kept of a dead letter until its record is read: texts and bytes as digests. */
export interface LetterFacts {
  /** Offset in the topic of dead letters. */
  readonly at: number;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly timestampMs: number;
  readonly keyDigest: string;
  /** Of the value; of a value that was cut, what the letter says of the whole. */
  readonly valueDigest: string;
  readonly valueBytes: number;
  /** Fields that the letter itself contradicts. */
  readonly faults: readonly string[];
}

/** The record at the letter's position. */
export interface OriginalFacts {
  readonly decoded: Decoded<CustomerEvent | Tick>;
  /** What decoding says, in the form of {@link LetterFacts.detail}. */
  readonly detail: string;
  readonly timestampMs: number;
  readonly keyDigest: string;
  readonly valueDigest: string;
  readonly valueBytes: number;
  /** A repeat of one of the customer's newest events of the topic; null where that can't be told. */
  readonly repeat: boolean | null;
  /** The detail of a repeat's letter, in the same form. */
  readonly repeatDetail: string;
  /** Its writer's schema is none of this program: the registry may have learnt it since. */
  readonly foreignSchema: boolean;
}

/** Reasons that a scorer gives for what happened in it, not for what the record says. */
const SET_ASIDE: readonly string[] = ['fold-failed', 'state-unreadable'];

export function isSetAside({ reason }: Pick<LetterFacts, 'reason'>): boolean {
  return SET_ASIDE.includes(reason);
}

/** Fields of a dead letter that its record contradicts. */
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
    return letter.detail === original.detail ? [] : ['detail'];
  }
  if (letter.reason === 'duplicate') {
    if (repeat === false) return ['reason'];
    return letter.detail === original.repeatDetail ? [] : ['detail'];
  }
  // A repeat is found before its fold can fail. Of an unreadable state nothing tells a repeat.
  if (isSetAside(letter)) return repeat === true && letter.reason === 'fold-failed' ? ['reason'] : [];
  return learntSince(letter, foreignSchema) ? [] : ['reason'];
}

/** The schema was added or mended after the record had been refused. */
function learntSince({ reason }: LetterFacts, foreignSchema: boolean): boolean {
  return foreignSchema && (reason === 'unknown-schema' || reason === 'undecodable');
}
