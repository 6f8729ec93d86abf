import { INPUT_ROLES, type TopicIndex } from '../event';
import type { ClvUpdate } from '../update';

/**
 * - lost: an input position without an outcome.
 * - missing: no later update of the customer includes the event, so it was never folded. Each missing position is lost too.
 * - doubled: a position with more than one outcome.
 * - reordered: an update out of its order.
 * - mismatched: counts or hashes that do not follow from the input.
 * - unexpected: an outcome of a position at which the log holds no record.
 * - contradicted: a field of an update or dead letter that contradicts the input, an invariant or the named model.
 * - foreign: a record of an output topic that is neither an update nor a dead letter.
 * - overdue: a position that has waited too long for its outcome.
 */
export const AUDIT_FAULTS = [
  'lost',
  'missing',
  'doubled',
  'reordered',
  'mismatched',
  'unexpected',
  'contradicted',
  'foreign',
  'overdue',
] as const;
export type AuditFault = (typeof AUDIT_FAULTS)[number];

/** One offending position. The audit names the first few of each kind. */
export interface AuditFinding {
  readonly fault: AuditFault;
  /** The input position; −1 if there is none. */
  readonly topic: TopicIndex;
  readonly offset: number;
  /** The contradicted field, and its customer. */
  readonly field?: string;
  readonly customerId?: string;
  /** Topic and offset of the output record, if the fault lies there. */
  readonly log?: 'updates' | 'dead-letters';
  readonly at?: number;
}

/** Results for the positions of one partition. */
export interface PositionVerdict extends Readonly<Record<AuditFault, number>> {
  readonly partition: number;
  /** Audited input positions of customers' events. */
  readonly events: number;
  readonly updates: number;
  readonly deadLetters: number;
  /** Clock updates. They are unique by (customer, asOf) and are judged separately. */
  readonly sweepUpdates: number;
  readonly sweepRepeats: number;
  /** Positions that are not published yet: neither passed nor failed. */
  readonly pending: number;
  /** Positions whose own update was removed by compaction. A later update of the customer includes them, with the right count and hash. */
  readonly compacted: number;
  /** Positions whose outcome may have been removed by retention. */
  readonly unjudged: number;
  /** By TopicIndex: the first input offset that the log still holds. */
  readonly inputFrom: readonly number[];
  /**
   * By TopicIndex: not every position below this offset could be judged, because input, updates or dead letters are gone. 0 if all could.
   */
  readonly notAuditableBefore: readonly number[];
  readonly findings: readonly AuditFinding[];
}

/** Results of the content audit of one partition. */
export interface ContentVerdict {
  readonly contradicted: number;
  readonly foreign: number;
  /** lost: ticks and profile records that lack a required dead letter. unexpected: dead letters without a record. */
  readonly lost: number;
  readonly unexpected: number;
  /** Updates marked as refolded after a roll-back. Their previous value cannot be checked. */
  readonly refolded: number;
  /** Dead letters of records that could be decoded and were no repeats: the scorer set the customer aside. */
  readonly setAside: number;
  /** Updates whose scores were computed again, and updates for which that was not possible. */
  readonly rescored: number;
  readonly unscorable: number;
  /** Model versions that updates name and the model registry does not hold. */
  readonly unknownModels: readonly string[];
  readonly findings: readonly AuditFinding[];
}

export type PartitionVerdict = PositionVerdict & ContentVerdict;

/** Merges both halves of the audit. */
export function joined(positions: PositionVerdict, content: ContentVerdict): PartitionVerdict {
  return {
    ...positions,
    ...content,
    contradicted: positions.contradicted + content.contradicted,
    foreign: positions.foreign + content.foreign,
    lost: positions.lost + content.lost,
    unexpected: positions.unexpected + content.unexpected,
    findings: [...positions.findings, ...content.findings],
  };
}

/** The fields of an update that the audit needs. */
export type AuditedUpdate = Pick<ClvUpdate, 'customerId' | 'asOfS' | 'source' | 'folded' | 'trigger'> &
  Partial<Pick<ClvUpdate, 'refolded'>>;

/** The part of the logs that can be judged. */
export interface AuditScope {
  /** By TopicIndex: the offsets [start, end) that the log holds. Empty for the ticks. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  /** Per topic: the first offset that is not published yet. null: require an outcome of every position. */
  readonly emitted: readonly number[] | null;
  /** Log timestamp in ms. Updates of records at or after it cannot have been compacted away. −Infinity if compaction removes none. */
  readonly updatesKeptSinceMs: number;
  /** True if retention has removed the beginning of the updates, or of the dead letters. */
  readonly updatesCut: boolean;
  readonly deadLettersCut: boolean;
  /** Log timestamp in ms. An unpublished position before it is overdue. Absent: none is. */
  readonly overdueBeforeMs?: number;
}

/** Call order: every outcome in the order of the output logs, then every input in the order of its topic, then verdict(). */
export interface PartitionAuditor {
  /** In the order of clv-updates. */
  addUpdate(update: AuditedUpdate): void;
  addDeadLetter(topic: TopicIndex, offset: number): void;
  /** `customerId` is null if the record cannot be decoded. */
  addInput(topic: TopicIndex, offset: number, customerId: string | null, timestampMs: number): void;
  verdict(): PositionVerdict;
}

/** One sentence for one finding. */
export function describeFinding(partition: number, finding: AuditFinding): string {
  const { fault, topic, offset, field, customerId, log, at } = finding;
  const position = topic >= 0 ? `, ${INPUT_ROLES[topic]} offset ${offset}` : '';
  const what = field === undefined ? '' : ` ${field}`;
  const whose = customerId === undefined ? '' : ` of customer ${customerId}`;
  const where = log === undefined ? '' : ` (${log} offset ${at})`;
  return `partition ${partition}${position}: ${fault}${what}${whose}${where}`;
}

/** True if nothing that could be judged is wrong. See {@link isComplete} for the rest. */
export function passes(verdict: Readonly<Record<AuditFault, number>>): boolean {
  return AUDIT_FAULTS.every((fault) => verdict[fault] === 0);
}

/** True if everything that was ever written could be judged. */
export function isComplete(verdict: Pick<PositionVerdict, 'notAuditableBefore'>): boolean {
  return verdict.notAuditableBefore.every((offset) => offset === 0);
}

/** True if no position was judged and no outcome was read. Such a verdict has no fault, but it proves nothing: it must not count as passed. */
export function judgesNothing({ events, updates, deadLetters, sweepUpdates }: PositionVerdict): boolean {
  return events + updates + deadLetters + sweepUpdates === 0;
}

/** True if all selected scores could be computed again, and the model registry holds every model that an update names. */
export function isScorable({ unscorable, unknownModels }: ContentVerdict): boolean {
  return unscorable === 0 && unknownModels.length === 0;
}
