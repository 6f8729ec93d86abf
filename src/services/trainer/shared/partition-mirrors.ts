import type { LabelReport } from '../../../domain/labels/label-slice';
import { MirroredLabels } from '../../../domain/labels/mirrored-labels';
import { NEVER_S } from '../../../domain/state/summary';
import type { TrainerStore } from '../../../ports/trainer-store';
import type { TrainedMark } from '../../../serde/learning-records';
import { decodeState, hasEvents } from '../../../serde/state-blob';
import { SILENT_S } from '../label-intake';
import { endOfDayS } from '../learning-turns';
import type { LabelChangelog } from './label-changelog';

/** What the owner of a partition has published besides its labels. */
interface Published {
  report: LabelReport | null;
  readUntilS: number;
}

/** The learner's copies of the labels of all partitions, also of those that this process owns. */
export class PartitionMirrors {
  readonly partitions: readonly MirroredLabels[];
  /** What {@link MirroredLabels.markTrained} was called for since the last {@link takeMarks}. */
  private marks: TrainedMark[] = [];
  private wake: () => void = () => undefined;
  /** Where each partition of the examples topic is read on. */
  private readonly offsets: ReadonlyMap<number, number>;

  private constructor(
    private readonly changelog: LabelChangelog,
    store: TrainerStore,
    restored: readonly Awaited<ReturnType<LabelChangelog['restore']>>[],
    private readonly published: readonly Published[],
  ) {
    this.partitions = restored.map(({ progress }, partition) => {
      const load = (customerId: string) => store.state(partition, customerId);
      return new MirroredLabels(
        partition,
        progress,
        { load, decode: decodeState, hasEvents },
        ({ atS, customerId }, closed) => {
          this.marks.push({ partition, atS, customerId, closed });
        },
      );
    });
    this.offsets = new Map(restored.map(({ nextOffset }, partition) => [partition, nextOffset]));
  }

  static async open(changelog: LabelChangelog, store: TrainerStore, partitions: number): Promise<PartitionMirrors> {
    const restored = [];
    for (let partition = 0; partition < partitions; partition++) restored.push(await changelog.restore(partition));
    const published = restored.map(({ report, readUntilS }) => ({ report, readUntilS }));
    return new PartitionMirrors(changelog, store, restored, published);
  }

  /** Keeps the copies up with what is published, until the signal aborts. */
  follow(signal: AbortSignal): Promise<void> {
    return this.changelog.follow(
      this.offsets,
      (partition, entry) => {
        const published = this.published[partition]!;
        if ('report' in entry) published.report = entry.report;
        // A slice that was published twice changes nothing.
        else if (entry.slice.changes.clockS > this.partitions[partition]!.clockS)
          this.partitions[partition]!.apply(entry.slice.changes);
        const { readUntilS } = 'report' in entry ? entry.report : entry.slice;
        published.readUntilS = Math.max(published.readUntilS, readUntilS);
        this.wake();
      },
      signal,
    );
  }

  /** Resolves at the next change, or when the given promise does. */
  changedOr(other: Promise<void>): Promise<void> {
    return Promise.race([
      other,
      new Promise<void>((resolve) => {
        this.wake = resolve;
      }),
    ]);
  }

  /** The partitions whose slice of the day was not published yet. */
  missing(limitS: number): number[] {
    return this.partitions.filter(({ clockS }) => clockS < limitS).map(({ partition }) => partition);
  }

  /** The end of the day of the first event. null while a partition may still bring an earlier one, and before any quorum. */
  firstDayS(): number | null {
    // The learning topic was lost, and that of the labels was not.
    const clockS = Math.max(...this.partitions.map((labels) => labels.clockS));
    if (clockS > NEVER_S) return clockS;
    if (this.published.some(({ report }) => report === null) || this.furthestS === NEVER_S) return null;
    const firstS = Math.min(...this.published.map(({ report }) => report!.firstS ?? Number.POSITIVE_INFINITY));
    return Number.isFinite(firstS) ? endOfDayS(firstS) : null;
  }

  /** The partitions that have not reported their first event yet. */
  unreported(): number[] {
    return this.published.flatMap(({ report }, partition) => (report === null ? [partition] : []));
  }

  /** Latest event time up to which any partition was read, seconds. */
  get furthestS(): number {
    return Math.max(...this.published.map(({ readUntilS }) => readUntilS));
  }

  /** True if a partition that is silent may follow the others up to the end of the day. */
  maySilentFollow(limitS: number): boolean {
    return this.furthestS - SILENT_S >= limitS;
  }

  takeMarks(): TrainedMark[] {
    const { marks } = this;
    this.marks = [];
    return marks;
  }
}
