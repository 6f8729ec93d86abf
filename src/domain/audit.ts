import { EVENT_TOPIC_COUNT, INPUT_ROLES, type TopicIndex } from './event';
import { chainHash } from './sequence-state';
import type { ClvUpdate } from './update';

export type AuditFault = 'lost' | 'doubled' | 'reordered' | 'mismatched' | 'unexpected';

/** One offending position; the audit names the first few of each kind. */
export interface AuditFinding {
  readonly fault: AuditFault;
  readonly topic: TopicIndex;
  readonly offset: number;
}

export interface PartitionVerdict {
  readonly partition: number;
  /** Input positions of customers' events that were audited. */
  readonly events: number;
  readonly updates: number;
  readonly deadLetters: number;
  /** Clock updates: unique by (customer, asOf), judged apart. */
  readonly sweepUpdates: number;
  readonly sweepRepeats: number;
  /** Positions with no outcome, with more than one; updates out of their topic's order; per-customer counts or hashes that do not follow. */
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
  readonly mismatched: number;
  /** Outcomes whose input position the log holds no record at. */
  readonly unexpected: number;
  /** Positions not published yet as of the audit: neither passed nor failed. */
  readonly pending: number;
  /** Per event topic: outcomes below this offset cannot be judged, the input is gone; 0 where all is kept. */
  readonly notAuditableBefore: readonly number[];
  readonly findings: readonly AuditFinding[];
}

const KEPT_FINDINGS = 10;

/** What became of the positions of one topic: typed arrays, so that a hundred million positions fit. */
interface TopicOutcomes {
  readonly start: number;
  readonly outcomes: Uint8Array;
  readonly deadLetters: Uint8Array;
  readonly counts: Float64Array;
  readonly hashes: Uint32Array;
  lastUpdate: number;
  outcomesBeforeStart: number;
}

/**
 * The verdict over one partition, from the topics alone: first every outcome in the order of the output log, then every input in the
 * order of its topic. Each input position must have exactly one outcome, and the counts and hashes that the updates carry must follow
 * from the inputs that were folded.
 */
export class PartitionAudit {
  private readonly topics: TopicOutcomes[];
  private readonly chains: Map<string, { count: number; hash: number }>[];
  private readonly sweeps = new Map<string, number>();
  private readonly findings: AuditFinding[] = [];
  private readonly faults: Record<AuditFault, number> = {
    lost: 0,
    doubled: 0,
    reordered: 0,
    mismatched: 0,
    unexpected: 0,
  };
  private readonly seen: Uint8Array[];
  private events = 0;
  private updates = 0;
  private deadLetters = 0;
  private sweepUpdates = 0;
  private sweepRepeats = 0;
  private pending = 0;

  /** `ranges`: per event topic the offsets [start, end) that are audited; `emitted`: per topic the first offset not published yet. */
  constructor(
    private readonly partition: number,
    ranges: readonly { readonly start: number; readonly end: number }[],
    private readonly emitted: readonly number[] | null,
  ) {
    this.topics = ranges.map(({ start, end }) => ({
      start,
      outcomes: new Uint8Array(end - start),
      deadLetters: new Uint8Array(end - start),
      counts: new Float64Array(end - start),
      hashes: new Uint32Array(end - start),
      lastUpdate: -1,
      outcomesBeforeStart: 0,
    }));
    this.seen = ranges.map(({ start, end }) => new Uint8Array(end - start));
    this.chains = ranges.map(() => new Map());
  }

  /** An update, in the order of clv-updates. */
  addUpdate(update: Pick<ClvUpdate, 'customerId' | 'asOfS' | 'source' | 'folded' | 'trigger'>): void {
    if (update.trigger === 'clock') {
      this.sweepUpdates += 1;
      const before = this.sweeps.get(update.customerId);
      if (before === update.asOfS) this.sweepRepeats += 1;
      this.sweeps.set(update.customerId, update.asOfS);
      return;
    }
    this.updates += 1;
    const { topic: index, offset } = update.source;
    const topic = this.topics[index]!;
    const at = this.outcome(index, offset);
    if (offset <= topic.lastUpdate && (at === null || topic.outcomes[at]! === 1)) this.find('reordered', index, offset);
    topic.lastUpdate = Math.max(topic.lastUpdate, offset);
    if (at === null) return;
    topic.counts[at] = update.folded[index]!.count;
    topic.hashes[at] = update.folded[index]!.hash;
  }

  /** A dead letter of an event topic. */
  addDeadLetter(topic: TopicIndex, offset: number): void {
    if (topic < 0 || topic >= EVENT_TOPIC_COUNT) return; // of a tick
    this.deadLetters += 1;
    const at = this.outcome(topic, offset);
    if (at !== null) this.topics[topic]!.deadLetters[at] = 1;
  }

  /** An input record, in the order of its topic; `customerId` null where it cannot be decoded. */
  addInput(index: TopicIndex, offset: number, customerId: string | null): void {
    const topic = this.topics[index]!;
    const at = offset - topic.start;
    if (at < 0 || at >= topic.outcomes.length) return;
    this.seen[index]![at] = 1;
    if (this.emitted !== null && offset >= this.emitted[index]! && topic.outcomes[at] === 0) {
      this.pending += 1;
      return;
    }
    this.events += 1;
    if (topic.outcomes[at] === 0) this.find('lost', index, offset);
    if (topic.outcomes[at]! > 1) this.find('doubled', index, offset);
    if (topic.outcomes[at] === 0 || topic.deadLetters[at] === 1 || customerId === null) return;
    this.followChain(index, offset, at, customerId);
  }

  verdict(): PartitionVerdict {
    this.topics.forEach((topic, index) => {
      topic.outcomes.forEach((outcomes, at) => {
        if (outcomes > 0 && this.seen[index]![at] === 0) this.find('unexpected', index, topic.start + at);
      });
    });
    const { partition, events, updates, deadLetters, sweepUpdates, sweepRepeats, pending, findings } = this;
    const notAuditableBefore = this.topics.map((topic) => topic.start);
    return {
      partition,
      events,
      updates,
      deadLetters,
      sweepUpdates,
      sweepRepeats,
      pending,
      notAuditableBefore,
      findings,
      ...this.faults,
    };
  }

  /** Counts an outcome of a position; its index, or null outside the audited range. */
  private outcome(index: TopicIndex, offset: number): number | null {
    const topic = this.topics[index]!;
    const at = offset - topic.start;
    if (at < 0) {
      topic.outcomesBeforeStart += 1;
      return null;
    }
    if (at >= topic.outcomes.length) return null; // came after the audit began
    if (topic.outcomes[at]! < 255) topic.outcomes[at]! += 1;
    return at;
  }

  private followChain(index: TopicIndex, offset: number, at: number, customerId: string): void {
    const topic = this.topics[index]!;
    const chain = this.chains[index]!.get(customerId);
    const count = topic.counts[at]!;
    const hash = topic.hashes[at]!;
    // Where the input's beginning is gone, a customer's first update is taken at its word.
    const first = topic.start > 0 && chain === undefined;
    const expected = { count: (chain?.count ?? 0) + 1, hash: chainHash(chain?.hash ?? 0, offset) };
    if (!first && (expected.count !== count || expected.hash !== hash)) this.find('mismatched', index, offset);
    this.chains[index]!.set(customerId, { count, hash });
  }

  private find(fault: AuditFault, topic: TopicIndex, offset: number): void {
    this.faults[fault] += 1;
    if (this.findings.filter((finding) => finding.fault === fault).length < KEPT_FINDINGS) {
      this.findings.push({ fault, topic, offset });
    }
  }
}

/** One sentence for one finding. */
export function describeFinding(partition: number, { fault, topic, offset }: AuditFinding): string {
  return `partition ${partition}, ${INPUT_ROLES[topic]} offset ${offset}: ${fault}`;
}

export function passes(verdict: PartitionVerdict): boolean {
  const { lost, doubled, reordered, mismatched, unexpected } = verdict;
  return lost + doubled + reordered + mismatched + unexpected === 0;
}
