import type { LabelProgress } from '../../../domain/labels/label-progress';
import { type LabelReport, type LabelSlice, nothingYet } from '../../../domain/labels/label-slice';
import { NEVER_S } from '../../../domain/state/summary';
import type { Clock } from '../../../ports/clock';
import type { LogReader, LogWriter, ReadPosition } from '../../../ports/log';
import type { TrainerStore } from '../../../ports/trainer-store';
import {
  closingOf,
  decodeClosing,
  encodeLabelReport,
  encodeSlice,
  type KeyedRecord,
  type LabelEntry,
  SliceReader,
} from '../../../serde/label-records';
import { appendOwned } from './ownership';

export interface ChangelogPorts {
  readonly reader: LogReader;
  readonly store: TrainerStore;
  readonly clock: Clock;
}

/** The labels of a partition as of its last slice. The trainer store holds them too. */
export interface RestoredLabels {
  /** null if the partition has no slice yet. */
  readonly progress: LabelProgress | null;
  readonly report: LabelReport | null;
  readonly readUntilS: number;
  /** Offset in the examples topic after the last slice. */
  readonly nextOffset: number;
}

/** Records at the end of a partition that are read to find its last slice. Behind it are reports, and markers of transactions. */
const TAIL_RECORDS = 64;

/**
 * The examples topic: the changelog of every partition's labels. The trainer store is a copy of the partitions that this process works on.
 *
 * A slice is one append of a fenced writer. So readers see all of it or nothing, and an owner that was replaced can add nothing. The append
 * comes first and the commit to the store second. A crash between the two leaves the store a day behind. It is then made anew from the log.
 */
export class LabelChangelog {
  private readonly turns = new Map<number, Promise<unknown>>();
  /** The clocks of the partitions in the store, seconds. */
  private readonly storedS = new Map<number, number>();

  constructor(
    private readonly ports: ChangelogPorts,
    readonly topic: string,
  ) {}

  /** Brings the store to the last slice of the partition. If the store has it, only the end of the log is read. */
  restore(partition: number): Promise<RestoredLabels> {
    return this.inTurn(partition, async () => {
      const stored = this.ports.store.progress(partition);
      const { start, end } = await this.ports.reader.bounds(this.topic, partition);
      const tail = await this.tail(partition, Math.max(start, end - TAIL_RECORDS));
      if (stored !== null && tail.closing !== null && isSame(closingOf({ ...stored, ...tail }), tail.closing))
        return this.restored(stored, tail);
      return this.rebuild(partition, start, stored);
    });
  }

  /** Rejects with WriterFenced or OwnershipUnsure. */
  publish(writer: LogWriter, slice: LabelSlice): Promise<void> {
    const { partition, clockS } = slice.changes;
    return this.inTurn(partition, async () => {
      await this.append(writer, partition, encodeSlice(slice));
      this.ports.store.commit([slice.changes], null);
      this.storedS.set(partition, clockS);
    });
  }

  report(writer: LogWriter, partition: number, report: LabelReport): Promise<void> {
    return this.append(writer, partition, [encodeLabelReport(report)]);
  }

  /** Delivers the slices and reports from these offsets on, and keeps the store up with them. A slice that the store has is not stored again. */
  async follow(
    from: ReadonlyMap<number, number>,
    onEntry: (partition: number, entry: NonNullable<LabelEntry>) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const readers = new Map([...from.keys()].map((partition) => [partition, new SliceReader(partition)]));
    const positions = [...from].map(([partition, offset]): ReadPosition => ({ topic: this.topic, partition, offset }));
    await this.ports.reader.follow(
      positions,
      async ({ partition, records }) => {
        for (const record of records) {
          const entry = readers.get(partition)!.take(record);
          if (entry === null) continue;
          if ('slice' in entry) await this.keep(entry.slice);
          onEntry(partition, entry);
        }
      },
      signal,
    );
  }

  private keep({ changes }: LabelSlice): Promise<void> {
    const { partition, clockS } = changes;
    return this.inTurn(partition, async () => {
      if (clockS <= (this.storedS.get(partition) ?? NEVER_S)) return;
      this.ports.store.commit([changes], null);
      this.storedS.set(partition, clockS);
    });
  }

  private append(writer: LogWriter, partition: number, records: readonly KeyedRecord[]): Promise<void> {
    const timestampMs = this.ports.clock.nowMs();
    return appendOwned(
      writer,
      records.map((record) => ({ ...record, topic: this.topic, partition, timestampMs })),
    );
  }

  /** The last closing record and the last report at or above an offset. */
  private async tail(partition: number, offset: number) {
    const found = {
      closing: null as Uint8Array | null,
      report: null as LabelReport | null,
      readUntilS: NEVER_S,
      nextOffset: offset,
    };
    await this.ports.reader.readToEnd([{ topic: this.topic, partition, offset }], async ({ records }) => {
      for (const record of records) {
        const last = decodeClosing(partition, record);
        if (last === null) continue;
        if ('report' in last) found.report = last.report;
        else {
          found.closing = closingOf(last.day);
          found.readUntilS = last.day.readUntilS;
          found.nextOffset = record.offset + 1;
        }
      }
    });
    return found;
  }

  private async rebuild(partition: number, start: number, stored: LabelProgress | null): Promise<RestoredLabels> {
    const { reader, store } = this.ports;
    const slices = new SliceReader(partition, { merging: true });
    const found = { report: null as LabelReport | null, readUntilS: NEVER_S, nextOffset: start };
    await reader.readToEnd([{ topic: this.topic, partition, offset: start }], async ({ records }) => {
      for (const record of records) {
        const entry = slices.take(record);
        if (entry !== null && 'report' in entry) found.report = entry.report;
        if (slices.endsHere) found.nextOffset = record.offset + 1;
      }
    });
    const merged = slices.merged();
    if (merged !== null || stored !== null) store.replace(merged?.changes ?? nothingYet(partition));
    const progress = merged === null ? null : store.progress(partition);
    return this.restored(progress, { ...found, readUntilS: merged?.readUntilS ?? NEVER_S }, partition);
  }

  private restored(
    progress: LabelProgress | null,
    { report, readUntilS, nextOffset }: Omit<RestoredLabels, 'progress'>,
    partition = progress!.partition,
  ): RestoredLabels {
    this.storedS.set(partition, progress?.clockS ?? NEVER_S);
    return { progress, report, readUntilS: Math.max(readUntilS, report?.readUntilS ?? NEVER_S), nextOffset };
  }

  /** One at a time for each partition: its owner and the learner may both work on it in this process. */
  private inTurn<T>(partition: number, work: () => Promise<T>): Promise<T> {
    const done = (this.turns.get(partition) ?? Promise.resolve()).then(work);
    this.turns.set(
      partition,
      done.catch(() => undefined),
    );
    return done;
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
