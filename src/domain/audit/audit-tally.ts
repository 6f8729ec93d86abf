import { EVENT_TOPICS, type SourcePosition, type TopicIndex } from '../event';
import {
  AUDIT_FAULTS,
  type AuditedUpdate,
  type AuditFault,
  type AuditFinding,
  type AuditScope,
  type PositionVerdict,
} from './audit';

const KEPT_FINDINGS = 10;

/** Results per position of one topic. Typed arrays, so that a hundred million positions fit in memory. */
interface TopicPositions {
  readonly start: number;
  /** Outcomes per position: updates that name it as their source, and dead letters. */
  readonly outcomes: Uint8Array;
  readonly deadLetters: Uint8Array;
  /** 1 if the log holds a record. */
  readonly records: Uint8Array;
  /** Lowest and highest source offset of the updates that are left, and lowest offset of the dead letters. */
  firstUpdate: number;
  lastUpdate: number;
  firstDeadLetter: number;
  /** Not every position below this offset can be judged. */
  unsureBefore: number;
}

/** Counts that every kind of audit needs: outcomes by position, sweeps, and faults with the first offending offsets. */
export class AuditTally {
  private readonly topics: TopicPositions[];
  private readonly sweeps = new Map<string, number>();
  /**
   * Offsets of dead letters in topics whose positions need no outcome. The audit keeps an entry for each dead letter anyway, so they fit
   * in memory.
   */
  private readonly otherLetters = new Map<TopicIndex, Set<number>>();
  private readonly findings: AuditFinding[] = [];
  private readonly faults = Object.fromEntries(AUDIT_FAULTS.map((fault) => [fault, 0])) as Record<AuditFault, number>;
  events = 0;
  private updates = 0;
  private pending = 0;
  compacted = 0;
  private deadLetters = 0;
  private sweepUpdates = 0;
  private sweepRepeats = 0;
  private unjudged = 0;

  constructor(
    private readonly partition: number,
    private readonly scope: AuditScope,
  ) {
    this.topics = scope.ranges.map(({ start, end }) => ({
      start,
      outcomes: new Uint8Array(end - start),
      deadLetters: new Uint8Array(end - start),
      records: new Uint8Array(end - start),
      firstUpdate: Number.POSITIVE_INFINITY,
      lastUpdate: -1,
      firstDeadLetter: Number.POSITIVE_INFINITY,
      unsureBefore: start,
    }));
  }

  addSweep({ customerId, asOfS }: AuditedUpdate): void {
    this.sweepUpdates += 1;
    if (this.sweeps.get(customerId) === asOfS) this.sweepRepeats += 1;
    this.sweeps.set(customerId, asOfS);
  }

  /** Adds an update of an event, by its source. */
  addUpdate({ topic: index, offset }: SourcePosition): void {
    const topic = this.topics[index]!;
    this.updates += 1;
    topic.firstUpdate = Math.min(topic.firstUpdate, offset);
    topic.lastUpdate = Math.max(topic.lastUpdate, offset);
  }

  addDeadLetter(index: TopicIndex, offset: number): void {
    if (EVENT_TOPICS.includes(index)) this.addEventLetter(index, offset);
    else this.addOtherLetter(index, offset);
  }

  private addEventLetter(index: TopicIndex, offset: number): void {
    const topic = this.topics[index]!;
    this.deadLetters += 1;
    topic.firstDeadLetter = Math.min(topic.firstDeadLetter, offset);
    const at = this.addOutcome(index, offset);
    if (at !== null) topic.deadLetters[at] = 1;
  }

  /** Ticks and profile records need no outcome, but none may have two dead letters. */
  private addOtherLetter(index: TopicIndex, offset: number): void {
    const letters = this.otherLetters.get(index) ?? new Set<number>();
    this.otherLetters.set(index, letters);
    if (letters.has(offset)) this.find('doubled', index, offset);
    letters.add(offset);
  }

  /** Counts an outcome of a position. Returns its index, or null outside the audited range. */
  addOutcome(index: TopicIndex, offset: number): number | null {
    const { start, outcomes } = this.topics[index]!;
    const at = offset - start;
    if (at < 0 || at >= outcomes.length) return null; // removed, or written after the audit began
    if (outcomes[at]! < 255) outcomes[at]! += 1;
    return at;
  }

  outcomesAt(index: TopicIndex, offset: number): number {
    const { start, outcomes } = this.topics[index]!;
    return outcomes[offset - start] ?? 0;
  }

  isDeadLetter(index: TopicIndex, offset: number): boolean {
    const { start, deadLetters } = this.topics[index]!;
    return deadLetters[offset - start] === 1;
  }

  /** Marks a record of the input. Returns false outside the audited range. */
  addRecord(index: TopicIndex, offset: number): boolean {
    const { start, records } = this.topics[index]!;
    const at = offset - start;
    if (at < 0 || at >= records.length) return false;
    records[at] = 1;
    return true;
  }

  /** Adds a position that is not published yet. It is overdue if it has waited too long. */
  addPending(index: TopicIndex, offset: number, timestampMs: number): void {
    this.pending += 1;
    if (timestampMs < (this.scope.overdueBeforeMs ?? Number.NEGATIVE_INFINITY)) this.find('overdue', index, offset);
  }

  /** True below the emitted offset, and below the last published position: a topic's updates come in order. */
  isPublished(index: TopicIndex, offset: number): boolean {
    const { emitted } = this.scope;
    return emitted === null || offset < emitted[index]! || offset < this.topics[index]!.lastUpdate;
  }

  /** True if the beginning of this topic is gone: counts cannot be computed from the input alone. */
  startsLate(index: TopicIndex): boolean {
    return this.topics[index]!.start > 0;
  }

  /** A position without an outcome whose event no update includes. Either it was lost, or retention has removed its outcome. */
  addUnfolded(index: TopicIndex, offset: number): void {
    if (this.mayBeCutOff(index, offset) || this.mayHaveBeenDeadLetter(index, offset)) {
      this.unjudged += 1;
      this.addUnsure(index, offset);
      return;
    }
    this.find('lost', index, offset);
    this.find('missing', index, offset);
  }

  /** True if retention may have removed this position's update from clv-updates. */
  mayBeCutOff(index: TopicIndex, offset: number): boolean {
    return this.scope.updatesCut && offset < this.topics[index]!.firstUpdate;
  }

  mayHaveBeenDeadLetter(index: TopicIndex, offset: number): boolean {
    return this.scope.deadLettersCut && offset < this.topics[index]!.firstDeadLetter;
  }

  addUnsure(index: TopicIndex, offset: number): void {
    const topic = this.topics[index]!;
    topic.unsureBefore = Math.max(topic.unsureBefore, offset + 1);
  }

  find(fault: AuditFault, topic: TopicIndex, offset: number): void {
    this.faults[fault] += 1;
    if (this.findings.filter((finding) => finding.fault === fault).length < KEPT_FINDINGS) {
      this.findings.push({ fault, topic, offset });
    }
  }

  verdict(): PositionVerdict {
    this.topics.forEach(({ start, outcomes, records }, index) => {
      outcomes.forEach((count, at) => {
        if (count > 0 && records[at] === 0) this.find('unexpected', index, start + at);
      });
    });
    const { partition, events, updates, deadLetters, sweepUpdates, sweepRepeats, pending, compacted, unjudged } = this;
    return {
      partition,
      events,
      updates,
      deadLetters,
      sweepUpdates,
      sweepRepeats,
      pending,
      compacted,
      unjudged,
      inputFrom: this.topics.map((topic) => topic.start),
      notAuditableBefore: this.topics.map((topic) => topic.unsureBefore),
      findings: this.findings,
      ...this.faults,
    };
  }
}
