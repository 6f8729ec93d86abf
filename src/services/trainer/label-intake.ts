import { SECONDS_PER_DAY } from '../../domain/event';
import type { LabelSettings } from '../../domain/labels/label-progress';
import { PartitionLabels } from '../../domain/labels/labels';
import type { StoredScore } from '../../domain/prequential/judged-score';
import { NEVER_S } from '../../domain/state/summary';
import type { Clock } from '../../ports/clock';
import type { LogBatch, ReadPosition } from '../../ports/log';
import type { Observer } from '../../ports/observer';
import type { TrainerStore } from '../../ports/trainer-store';
import { decodeState, encodeState } from '../../serde/state-blob';
import { endOfDayS } from './learning-turns';
import { type FeedPorts, PartitionFeed } from './partition-feed';
import { TimeWitness } from './time-witness';

export interface IntakePorts extends FeedPorts {
  readonly store: TrainerStore;
  readonly clock: Clock;
  readonly observer: Observer;
}

export interface IntakeSettings {
  /** Names of the input topics, by TopicIndex. Ticks are not read. */
  readonly topics: readonly string[];
  readonly partitions: number;
  readonly labels: LabelSettings;
  readonly silenceDays: number;
  readonly confirmedS: number | null;
}

/** A partition that was read to its end, and whose event time is this much behind the others', does not hold them back. */
export const SILENT_S = 2 * SECONDS_PER_DAY;

/**
 * Work at the end of a day of event time, in whole days, seconds. All labels are then as of that instant, so what it does depends on the log
 * alone. Events wait until it returns. False: it was stopped, and the day must be worked on again.
 */
export type DayWork = (dayS: number) => Promise<boolean>;

/**
 * Turns events into labels. Every batch is folded and committed to the store together with its offsets, so a killed process goes on
 * from the last commit. Event time stops at the end of each day until the work of the day is done. Records that can't be decoded are
 * skipped. The scorer writes their dead letters.
 */
export class LabelIntake {
  readonly partitions: readonly PartitionLabels[];
  private readonly feeds: readonly PartitionFeed[];
  private readonly witness: TimeWitness;
  /** The end of the current day. null until the first event is known. */
  private endOfDayS: number | null;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly ports: IntakePorts,
    private readonly settings: IntakeSettings,
    score: (snapshot: Uint8Array, atS: number) => StoredScore | null,
    /** The last day whose work is done, seconds; null if there is none. */
    lastDayS: number | null,
    private readonly dayWork: DayWork,
  ) {
    const { store } = ports;
    this.witness = new TimeWitness(ports.clock, settings.silenceDays);
    this.endOfDayS = lastDayS === null ? null : lastDayS + SECONDS_PER_DAY;
    this.partitions = Array.from({ length: settings.partitions }, (_, p) => {
      const load = (customerId: string) => store.state(p, customerId);
      return new PartitionLabels(p, store.progress(p), settings.labels, {
        load,
        encode: (state) => encodeState(state, store.format),
        decode: decodeState,
        score,
      });
    });
    this.feeds = this.partitions.map((labels) => new PartitionFeed(ports, settings.topics, labels));
  }

  /** The next offset to read, per topic and partition. */
  positions(): ReadPosition[] {
    return this.feeds.flatMap((feed) => feed.positions());
  }

  /** Folds one batch and commits it, unless the signal aborts before. */
  async take(batch: LogBatch, signal: AbortSignal): Promise<void> {
    const feed = this.feeds[batch.partition];
    if (feed === undefined) return;
    const refused = await feed.refused(batch, signal);
    if (signal.aborted) return;
    await this.inTurn(async () => {
      feed.add(batch, refused);
      // Only the idle check may treat topics as idle.
      await this.advance(
        this.feeds.map((each) => each.knownEnds()),
        feed.labels,
        NEVER_S,
      );
    });
  }

  /** Requests the topics' ends and lets the clock pass idle topics. If the log is unreachable, no topic counts as idle. */
  async checkIdle(): Promise<void> {
    const ends = await Promise.all(this.feeds.map((feed) => feed.requestEnds()));
    await this.inTurn(async () => {
      for (const [p, feed] of this.feeds.entries()) {
        feed.tookEnds(ends[p]!);
        confirmTime(feed.labels, ends[p]!, this.settings.confirmedS, this.ports.observer);
      }
      await this.advance(ends, null, this.vouchedS(ends));
    });
  }

  /** What the local clock says of partitions that were read to their ends. */
  private vouchedS(ends: readonly (readonly number[])[]): number {
    const { partitions } = this;
    const frontS = Math.max(...partitions.map((labels, p) => labels.times.readUntilS(ends[p]!)));
    return this.witness.vouchedS(frontS, Math.max(frontS, ...partitions.map(knownTimeS)));
  }

  /** One at a time: a day's work must see no event of the next day. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** Takes what is due, day by day, and commits it. `fed`: the partition with new records. `vouchedS`: for idle partitions. */
  private async advance(
    ends: readonly (readonly number[])[],
    fed: PartitionLabels | null,
    vouchedS: number,
  ): Promise<void> {
    let dirty = new Set(fed === null ? [] : [fed]);
    for (;;) {
      const untilS = this.partitions.map((labels, p) => readOrVouchedS(labels, ends[p]!, vouchedS));
      const furthestS = Math.max(...untilS);
      this.endOfDayS ??= this.firstDay(untilS, ends);
      const limitS = this.endOfDayS ?? NEVER_S;
      for (const [p, labels] of this.partitions.entries()) {
        const isSilent = furthestS - untilS[p]! >= SILENT_S && labels.times.isIdle(ends[p]!);
        if (labels.advance(Math.min(limitS, isSilent ? furthestS - SILENT_S : untilS[p]!))) dirty.add(labels);
      }
      if (dirty.size > 0) {
        const changes = [...dirty].map((labels) => labels.takeChanges());
        this.ports.store.commit(changes, null);
        for (const { partition } of changes) this.ports.times?.keep(partition, this.ports.store);
      }
      dirty = new Set();
      if (limitS === NEVER_S || this.partitions.some(({ clockS }) => clockS < limitS)) return;
      if (!(await this.dayWork(limitS))) return;
      this.endOfDayS = limitS + SECONDS_PER_DAY;
    }
  }

  /** The end of the day of the first event. null while a partition may still bring an earlier one, and before any quorum. */
  private firstDay(untilS: readonly number[], ends: readonly (readonly number[])[]): number | null {
    if (untilS.every((atS) => atS === NEVER_S)) return null;
    if (this.partitions.some((labels, p) => untilS[p] === NEVER_S && !labels.times.isIdle(ends[p]!))) return null;
    const firstS = Math.min(...this.partitions.map((labels) => labels.nextTurnS ?? Number.POSITIVE_INFINITY));
    return Number.isFinite(firstS) ? endOfDayS(firstS) : null;
  }
}

/** Event time up to which nothing is missing of a partition: it was read, or it was read to its end and someone vouches for its silence. */
export function readOrVouchedS(labels: PartitionLabels, ends: readonly number[], vouchedS: number): number {
  const readS = labels.times.readUntilS(ends);
  return labels.times.isIdle(ends) ? Math.max(readS, vouchedS) : readS;
}

/** Event time of the labels or, before the first, of the first event, seconds; NEVER_S if there is none. */
export function knownTimeS(labels: PartitionLabels): number {
  return labels.clockS === NEVER_S ? (labels.nextTurnS ?? NEVER_S) : labels.clockS;
}

/** Lets records that wait beyond a jump pass, once the partition was read to its end. */
export function confirmTime(
  labels: PartitionLabels,
  ends: readonly number[],
  confirmedS: number | null,
  observer: Observer,
): void {
  if (confirmedS === null || !labels.times.isRead(ends) || !labels.times.confirm(confirmedS)) return;
  const instant = new Date(confirmedS * 1000).toISOString();
  observer.notice('warn', `partition ${labels.partition}: event time jumps to ${instant}, as confirmed`, {
    next: 'remove CLV_TRAIN_TIME_CONFIRMED, so that it does not confirm another jump',
  });
}
