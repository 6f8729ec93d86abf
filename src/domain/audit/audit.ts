import { INPUT_ROLES, type TopicIndex } from '../event';
import type { ClvUpdate } from '../update';

/**
 * lost: an input position without an outcome. missing: a position whose event no later update of the customer shows, so that it was never
 * folded (each of them is lost too). doubled: a position with more than one outcome. reordered: an update out of its order. mismatched: counts
 * or hashes that do not follow from the input. unexpected: an outcome of a position that the log holds no record at.
 */
export type AuditFault = 'lost' | 'missing' | 'doubled' | 'reordered' | 'mismatched' | 'unexpected';

/** One offending position; the audit names the first few of each kind. */
export interface AuditFinding {
  readonly fault: AuditFault;
  readonly topic: TopicIndex;
  readonly offset: number;
}

export interface PartitionVerdict extends Readonly<Record<AuditFault, number>> {
  readonly partition: number;
  /** Input positions of customers' events that were audited. */
  readonly events: number;
  readonly updates: number;
  readonly deadLetters: number;
  /** Clock updates: unique by (customer, asOf), judged apart. */
  readonly sweepUpdates: number;
  readonly sweepRepeats: number;
  /** Positions not published yet as of the audit: neither passed nor failed. */
  readonly pending: number;
  /** Positions whose own update compaction has taken; a later update of the customer shows them with the right count and hash. */
  readonly compacted: number;
  /** Positions whose outcome retention may have taken. */
  readonly unjudged: number;
  /** By TopicIndex the first input offset that the log still holds. */
  readonly inputFrom: readonly number[];
  /** By TopicIndex: not every position below this offset could be judged (input, updates or dead letters are gone); 0 where all could. */
  readonly notAuditableBefore: readonly number[];
  readonly findings: readonly AuditFinding[];
}

/** What the audit asks of an update. */
export type AuditedUpdate = Pick<ClvUpdate, 'customerId' | 'asOfS' | 'source' | 'folded' | 'trigger'>;

/** What of the logs can be judged. */
export interface AuditScope {
  /** By TopicIndex the offsets [start, end) that the log holds; none of the ticks. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  /** Per topic the first offset not published yet; null to demand an outcome of every position. */
  readonly emitted: readonly number[] | null;
  /** Updates of records with this log timestamp or a later one can't have been compacted away, ms; −Infinity where none can. */
  readonly updatesKeptSinceMs: number;
  /** True where the log of updates, or that of dead letters, has lost its beginning to retention. */
  readonly updatesCut: boolean;
  readonly deadLettersCut: boolean;
}

/** Nothing was ever taken, and everything must be there. */
export function wholeScope(ranges: AuditScope['ranges'], emitted: AuditScope['emitted'] = null): AuditScope {
  return { ranges, emitted, updatesKeptSinceMs: Number.NEGATIVE_INFINITY, updatesCut: false, deadLettersCut: false };
}

/** First every outcome in the order of the output logs, then every input in the order of its topic, then the verdict. */
export interface PartitionAuditor {
  /** In the order of clv-updates. */
  addUpdate(update: AuditedUpdate): void;
  addDeadLetter(topic: TopicIndex, offset: number): void;
  /** `customerId` null where the record can't be decoded. */
  addInput(topic: TopicIndex, offset: number, customerId: string | null, timestampMs: number): void;
  verdict(): PartitionVerdict;
}

/** One sentence for one finding. */
export function describeFinding(partition: number, { fault, topic, offset }: AuditFinding): string {
  return `partition ${partition}, ${INPUT_ROLES[topic]} offset ${offset}: ${fault}`;
}

/** Nothing that could be judged is wrong; see {@link isComplete} for the rest. */
export function passes(verdict: PartitionVerdict): boolean {
  const { lost, missing, doubled, reordered, mismatched, unexpected } = verdict;
  return lost + missing + doubled + reordered + mismatched + unexpected === 0;
}

/** Everything that was ever written could be judged. */
export function isComplete(verdict: PartitionVerdict): boolean {
  return verdict.notAuditableBefore.every((offset) => offset === 0);
}
