import { INPUT_ROLES, type TopicIndex } from '../event';
import type { ClvUpdate } from '../update';

/**
 * lost: an input position without an outcome. missing: a position whose event no later update of the customer shows, so that it was never
 * folded (each of them is lost too). doubled: a position with more than one outcome. reordered: an update out of its order. mismatched: counts
 * or hashes that do not follow from the input. unexpected: an outcome of a position that the log holds no record at. contradicted: a field
 * of an update or dead letter that the input, an invariant or the named model contradicts. foreign: a record of an output topic that is no
 * update and no dead letter. overdue: a position that has waited for its outcome for too long.
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

/** One offending position; the audit names the first few of each kind. */
export interface AuditFinding {
  readonly fault: AuditFault;
  /** The input position; −1 for what names none. */
  readonly topic: TopicIndex;
  readonly offset: number;
  /** What is contradicted, and whose. */
  readonly field?: string;
  readonly customerId?: string;
  /** The output record, where it is to be blamed: its topic and offset. */
  readonly log?: 'updates' | 'dead-letters';
  readonly at?: number;
}

/** What became of the positions of one partition. */
export interface PositionVerdict extends Readonly<Record<AuditFault, number>> {
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

/** What an audit of contents adds to the verdict of a partition. */
export interface ContentVerdict {
  readonly contradicted: number;
  readonly foreign: number;
  /** Records of ticks and of customers without the dead letter that is owed to them, and dead letters of no record. */
  readonly lost: number;
  readonly unexpected: number;
  /** Updates that say of themselves that the state was rolled back before: their previous value can't be checked. */
  readonly refolded: number;
  /** Dead letters of records that could be decoded and were no repeat: the scorer set them aside. */
  readonly setAside: number;
  /** Updates whose scores were computed again, and those where that could not be done. */
  readonly rescored: number;
  readonly unscorable: number;
  /** Versions that updates name and that no announcement holds. */
  readonly unknownModels: readonly string[];
  readonly findings: readonly AuditFinding[];
}

export type PartitionVerdict = PositionVerdict & ContentVerdict;

/** Both halves of the audit in one. */
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

/** What the audit asks of an update. */
export type AuditedUpdate = Pick<ClvUpdate, 'customerId' | 'asOfS' | 'source' | 'folded' | 'trigger'> &
  Partial<Pick<ClvUpdate, 'refolded'>>;

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
  /** A position that is not published yet is overdue where its log timestamp is earlier, ms; absent: none is. */
  readonly overdueBeforeMs?: number;
}

/** First every outcome in the order of the output logs, then every input in the order of its topic, then the verdict. */
export interface PartitionAuditor {
  /** In the order of clv-updates. */
  addUpdate(update: AuditedUpdate): void;
  addDeadLetter(topic: TopicIndex, offset: number): void;
  /** `customerId` null where the record can't be decoded. */
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

/** Nothing that could be judged is wrong; see {@link isComplete} for the rest. */
export function passes(verdict: Readonly<Record<AuditFault, number>>): boolean {
  return AUDIT_FAULTS.every((fault) => verdict[fault] === 0);
}

/** Everything that was ever written could be judged. */
export function isComplete(verdict: Pick<PositionVerdict, 'notAuditableBefore'>): boolean {
  return verdict.notAuditableBefore.every((offset) => offset === 0);
}

/** Every score that was to be computed again could be, and every model that an update names is kept. */
export function isScorable({ unscorable, unknownModels }: ContentVerdict): boolean {
  return unscorable === 0 && unknownModels.length === 0;
}
