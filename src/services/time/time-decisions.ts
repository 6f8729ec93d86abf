import type { OffsetVector, TopicIndex } from '../../domain/event';
import { isAheadOfClock } from '../../domain/time-rule';
import { type Clock, steadyTime } from '../../ports/clock';
import type { LogBatch, LogReader, LogRecord, ReadPosition } from '../../ports/log';
import type { Observer, TimeDecision } from '../../ports/observer';
import type { TimeRefusals } from '../../serde/time-refusals';

export interface TimeDecisionPorts {
  readonly reader: LogReader;
  readonly clock: Clock;
  readonly observer: Observer;
  /** Empty at first. It is filled from the topic of dead letters. */
  readonly refusals: TimeRefusals;
  /** Emitted offsets of the scorers: below them, each decision is published. null if they have published nothing. */
  readonly emitted: (partition: number) => Promise<OffsetVector | null>;
}

export interface TimeDecisionSettings {
  /** Names of the input topics, by TopicIndex. */
  readonly topics: readonly string[];
  /** Name of the topic of dead letters. */
  readonly deadLetters: string;
  /** The tolerance of the rule of time, ms: see domain/time-rule. */
  readonly maxFutureMs: number;
  /** For how long a scorer may stand still before this process decides without it, seconds. */
  readonly patienceS: number;
}

/** Where the letters are kept up to which a reader of the input topics needs none. */
export interface LetterPlace {
  /** null if nothing is known of the partition. */
  nextLetter(partition: number): number | null;
  keepNextLetter(partition: number, offset: number): void;
}

/** A trainer that waits for an hour loses nothing. A scorer that is deployed anew, or moved, is away for minutes. */
export const PATIENCE_S = 3_600;
const LOOK_MS = 1_000;
/** The offsets of a transaction may be seen before its letters. */
const SETTLE_MS = 5_000;

/**
 * Which records a reader of the input topics passes over because their timestamps are in the future. It follows the scorers' dead letters.
 *
 * If its own clock says that a record is from the future, and there is no letter, then either the scorer has not come to the record, or
 * this clock is behind. So it waits for the scorer's decision. Its own clock decides only if no scorer has ever published anything, or if
 * the scorer stands still: no label may close on such a record, and training must not hang for ever.
 */
export class TimeDecisions {
  /** By partition: the next dead letter to read. */
  private readonly next = new Map<number, number>();
  /** By partition: the emitted offsets of a scorer that stood still for too long. */
  private readonly still = new Map<number, string>();
  private readonly told = new Set<string>();
  private readonly nowMs: () => number;

  constructor(
    private readonly ports: TimeDecisionPorts,
    private readonly settings: TimeDecisionSettings,
  ) {
    this.nowMs = steadyTime(ports.clock);
  }

  /**
   * Reads the letters that the records from these positions on need. Call it before the first of them. With a place, it reads on from
   * there. Rejects if the log is unreachable.
   */
  async open(positions: readonly ReadPosition[], place: LetterPlace | null = null): Promise<void> {
    const { reader, refusals } = this.ports;
    const { topics, deadLetters } = this.settings;
    for (const { topic, partition, offset } of positions) refusals.begin(topics.indexOf(topic), partition, offset);
    const partitions = [...new Set(positions.map(({ partition }) => partition))];
    for (const partition of partitions) {
      const { start, end } = await reader.bounds(deadLetters, partition);
      const kept = place?.nextLetter(partition) ?? start;
      // Beyond the end, the topic was created again.
      this.next.set(partition, kept > end ? start : Math.max(start, kept));
    }
    await this.readLetters(partitions);
  }

  /** Takes later dead letters of opened partitions until the signal aborts. */
  follow(partitions: readonly number[], signal: AbortSignal): Promise<void> {
    return this.ports.reader.follow(this.letters(partitions), async (batch) => this.take(batch), signal);
  }

  /**
   * Offsets of the batch's records that are passed over. It may wait for a scorer. If the signal aborts meanwhile, nothing is decided: do not
   * take the batch then.
   */
  async refused(topic: TopicIndex, batch: LogBatch, signal: AbortSignal): Promise<ReadonlySet<number>> {
    const { partition, records } = batch;
    const refused = new Set(
      records.filter((record) => this.hasLetter(topic, partition, record)).map(({ offset }) => offset),
    );
    this.report('refused', partition, refused.size);
    const open = records.filter((record) => !refused.has(record.offset) && this.isAhead(record));
    if (open.length > 0)
      for (const { offset } of await this.settle(topic, partition, open, signal)) refused.add(offset);
    return refused;
  }

  /** The records of a log below an offset were taken: their letters are not needed any more. */
  passed(topic: TopicIndex, partition: number, below: number): void {
    this.ports.refusals.passed(topic, partition, below);
  }

  /** Notes from which letter on the next start must read. Call it when everything that was passed is stored. */
  keep(partition: number, place: LetterPlace): void {
    const from = this.ports.refusals.firstLetter(partition) ?? this.next.get(partition);
    if (from !== undefined && from !== place.nextLetter(partition)) place.keepNextLetter(partition, from);
  }

  /** Waits until these records are decided. Returns those that are passed over. */
  private async settle(
    topic: TopicIndex,
    partition: number,
    records: readonly LogRecord[],
    signal: AbortSignal,
  ): Promise<readonly LogRecord[]> {
    const { clock } = this.ports;
    const refused: LogRecord[] = [];
    let open = records;
    let seen = '';
    let sinceS = clock.elapsedS();
    while (!signal.aborted) {
      const emitted = await this.emitted(partition);
      if (emitted === null) break;
      const decided = open.filter(({ offset }) => offset < (emitted?.[topic] ?? 0));
      if (decided.length > 0) {
        await clock.sleep(SETTLE_MS, signal);
        if (signal.aborted || !(await this.readLettersNow(partition))) continue;
        const letters = decided.filter((record) => this.hasLetter(topic, partition, record));
        refused.push(...letters);
        this.report('refused', partition, letters.length);
        this.report('accepted', partition, decided.length - letters.length);
      }
      open = open.filter((record) => !decided.includes(record) && this.isAhead(record));
      if (open.length === 0) return refused;
      const now = emitted?.join() ?? 'unreachable';
      if (now !== seen || emitted === undefined) sinceS = clock.elapsedS();
      seen = now;
      if (this.still.get(partition) === now || clock.elapsedS() - sinceS >= this.settings.patienceS) {
        this.still.set(partition, now);
        break;
      }
      this.tellOnce(
        `waits ${partition}`,
        `partition ${partition}: records are dated after this machine's clock; waiting for the scorer`,
      );
      await clock.sleep(LOOK_MS, signal);
    }
    if (signal.aborted) return refused;
    this.report('unconfirmed', partition, open.length);
    return [...refused, ...open];
  }

  /** undefined if the log is unreachable. Then there is nothing else to do than to wait. */
  private async emitted(partition: number): Promise<OffsetVector | null | undefined> {
    try {
      return await this.ports.emitted(partition);
    } catch (error) {
      if (this.settings.patienceS === 0) throw error;
      this.tellOnce('offsets', `the scorers' offsets can't be read, trying again: ${error}`);
      return undefined;
    }
  }

  /** False if the log is unreachable. */
  private async readLettersNow(partition: number): Promise<boolean> {
    try {
      await this.readLetters([partition]);
      return true;
    } catch (error) {
      if (this.settings.patienceS === 0) throw error;
      return false;
    }
  }

  private readLetters(partitions: readonly number[]): Promise<void> {
    return this.ports.reader.readToEnd(this.letters(partitions), async (batch) => this.take(batch));
  }

  private letters(partitions: readonly number[]): ReadPosition[] {
    const topic = this.settings.deadLetters;
    return partitions.map((partition) => ({ topic, partition, offset: this.next.get(partition) ?? 0 }));
  }

  private take({ partition, records, nextOffset }: LogBatch): void {
    this.ports.refusals.take(records);
    this.next.set(partition, Math.max(nextOffset, this.next.get(partition) ?? 0));
  }

  private hasLetter(topic: TopicIndex, partition: number, { offset, timestampMs }: LogRecord): boolean {
    return this.ports.refusals.has(topic, partition, offset, timestampMs);
  }

  private isAhead({ timestampMs }: LogRecord): boolean {
    return isAheadOfClock(timestampMs, this.nowMs(), this.settings.maxFutureMs);
  }

  private report(decision: TimeDecision, partition: number, records: number): void {
    if (records === 0) return;
    this.ports.observer.observe({ kind: 'time-decided', decision, partition, records });
    if (decision === 'accepted')
      this.tellOnce(
        decision,
        "the scorer took records that are dated after this machine's clock: set this machine's clock",
      );
    if (decision === 'unconfirmed')
      this.tellOnce(
        `${decision} ${partition}`,
        `partition ${partition}: records are passed over because they are dated after this machine's clock, and no scorer has decided about them`,
      );
  }

  private tellOnce(key: string, message: string): void {
    if (this.told.has(key)) return;
    this.told.add(key);
    const next = "check that this machine's clock is right and that a scorer runs; see docs/time.md";
    this.ports.observer.notice('warn', message, { next });
  }
}
