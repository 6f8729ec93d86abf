import { CUSTOMERS_TOPIC, KEYED_TOPICS, SECONDS_PER_DAY } from '../../domain/event';
import type { LabelSettings } from '../../domain/labels/label-progress';
import { PartitionLabels } from '../../domain/labels/labels';
import { UNKNOWN_END } from '../../domain/labels/watermark';
import type { StoredScore } from '../../domain/prequential/judged-score';
import { NEVER_S } from '../../domain/state/summary';
import type { EventDecoder } from '../../ports/event-decoder';
import type { LogBatch, LogReader, ReadPosition } from '../../ports/log';
import type { TrainerStore } from '../../ports/trainer-store';
import { decodeState, encodeState } from '../../serde/state-blob';

export interface IntakePorts {
  readonly reader: LogReader;
  readonly decoder: EventDecoder;
  readonly store: TrainerStore;
}

export interface IntakeSettings {
  /** Names of the input topics, by TopicIndex. Ticks are not read. */
  readonly topics: readonly string[];
  readonly partitions: number;
  readonly labels: LabelSettings;
}

/** A partition that was read to its end, and whose event time is this much behind the others', does not hold them back. */
const SILENT_S = 2 * SECONDS_PER_DAY;

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
  /** Number of records skipped because they could not be decoded. */
  undecodable = 0;
  /** Last known end of the customers topic, by partition. The clock advances only after the topic was read up to it. */
  private readonly tableEnds: number[];
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
    this.endOfDayS = lastDayS === null ? null : lastDayS + SECONDS_PER_DAY;
    this.tableEnds = new Array<number>(settings.partitions).fill(UNKNOWN_END);
    this.partitions = Array.from({ length: settings.partitions }, (_, p) => {
      const load = (customerId: string) => store.state(p, customerId);
      return new PartitionLabels(p, store.progress(p), settings.labels, {
        load,
        encode: (state) => encodeState(state, store.format),
        decode: decodeState,
        score,
      });
    });
  }

  /** The next offset to read, per topic and partition. */
  positions(): ReadPosition[] {
    return this.partitions.flatMap((labels) =>
      KEYED_TOPICS.map((i) => ({
        topic: this.settings.topics[i]!,
        partition: labels.partition,
        offset: labels.nextOffset(i),
      })),
    );
  }

  /** Folds one batch and commits it. */
  take(batch: LogBatch): Promise<void> {
    return this.inTurn(async () => {
      const topic = this.settings.topics.indexOf(batch.topic);
      const labels = this.partitions[batch.partition];
      if (topic < 0 || labels === undefined) return;
      const from = labels.nextOffset(topic);
      for (const record of batch.records) {
        if (record.offset < from) continue;
        const decoded = this.ports.decoder.decodeEvent(
          topic,
          batch.partition,
          record.value,
          record.timestampMs,
          record.key,
        );
        if (decoded.ok) labels.add(topic, record.offset, decoded.value);
        else this.undecodable++;
      }
      labels.readUpTo(topic, batch.nextOffset);
      if (topic === CUSTOMERS_TOPIC) this.tableEnds[batch.partition] = batch.end;
      await this.advance(
        // The last known ends of the other topics are older than this batch. Only the idle check may treat topics as idle.
        this.partitions.map(({ partition }) => this.endsWith(partition, UNKNOWN_END)),
        labels,
      );
    });
  }

  /** Requests the topics' ends and lets the clock pass idle topics. If the log is unreachable, no topic counts as idle. */
  async checkIdle(): Promise<void> {
    const ends = await Promise.all(this.partitions.map(({ partition }) => this.endsOf(partition)));
    await this.inTurn(async () => {
      for (const { partition } of this.partitions) this.tableEnds[partition] = ends[partition]![CUSTOMERS_TOPIC]!;
      await this.advance(ends, null);
    });
  }

  /** One at a time: a day's work must see no event of the next day. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return done;
  }

  private endsWith(partition: number, end: number): number[] {
    const ends = new Array<number>(this.settings.topics.length).fill(end);
    ends[CUSTOMERS_TOPIC] = this.tableEnds[partition]!;
    return ends;
  }

  /** Takes what is due, day by day, and commits it. `fed`: the partition with new records. */
  private async advance(ends: readonly (readonly number[])[], fed: PartitionLabels | null): Promise<void> {
    let dirty = new Set(fed === null ? [] : [fed]);
    for (;;) {
      const untilS = this.partitions.map((labels, p) => labels.readUntilS(ends[p]!));
      const furthestS = Math.max(...untilS);
      this.endOfDayS ??= this.firstDay(untilS, ends);
      const limitS = this.endOfDayS ?? NEVER_S;
      for (const [p, labels] of this.partitions.entries()) {
        const isSilent = furthestS - untilS[p]! >= SILENT_S && labels.isIdle(ends[p]!);
        if (labels.advance(Math.min(limitS, isSilent ? furthestS - SILENT_S : untilS[p]!))) dirty.add(labels);
      }
      if (dirty.size > 0) {
        const changes = [...dirty].map((labels) => labels.takeChanges());
        this.ports.store.commit(changes, null);
      }
      dirty = new Set();
      if (limitS === NEVER_S || this.partitions.some(({ clockS }) => clockS < limitS)) return;
      if (!(await this.dayWork(limitS))) return;
      this.endOfDayS = limitS + SECONDS_PER_DAY;
    }
  }

  /** The end of the day of the first event. null while a partition may still bring an earlier one. */
  private firstDay(untilS: readonly number[], ends: readonly (readonly number[])[]): number | null {
    if (this.partitions.some((labels, p) => untilS[p] === NEVER_S && !labels.isIdle(ends[p]!))) return null;
    const firstS = Math.min(...this.partitions.map((labels) => labels.nextTurnS ?? Number.POSITIVE_INFINITY));
    return Number.isFinite(firstS) ? (Math.floor(firstS / SECONDS_PER_DAY) + 1) * SECONDS_PER_DAY : null;
  }

  private async endsOf(partition: number): Promise<number[]> {
    const bounds = KEYED_TOPICS.map((topic) => this.ports.reader.bounds(this.settings.topics[topic]!, partition));
    const answers = await Promise.allSettled(bounds);
    const ends = new Array<number>(this.settings.topics.length).fill(UNKNOWN_END);
    answers.forEach((answer, i) => {
      if (answer.status === 'fulfilled') ends[KEYED_TOPICS[i]!] = answer.value.end;
    });
    return ends;
  }
}
