import type { LabelSettings } from '../../../domain/labels/label-progress';
import type { LabelReport } from '../../../domain/labels/label-slice';
import { PartitionLabels } from '../../../domain/labels/labels';
import { UNKNOWN_END } from '../../../domain/labels/watermark';
import { NEVER_S } from '../../../domain/state/summary';
import type { Clock } from '../../../ports/clock';
import type { EventDecoder } from '../../../ports/event-decoder';
import type { LogBatch, LogReader, LogWriter } from '../../../ports/log';
import type { Observer } from '../../../ports/observer';
import type { TrainerStore } from '../../../ports/trainer-store';
import { LabelRecordError } from '../../../serde/label-records';
import { decodeState, encodeState } from '../../../serde/state-blob';
import type { TimeDecisions } from '../../time/time-decisions';
import { confirmTime, knownTimeS, readOrVouchedS, SILENT_S } from '../label-intake';
import { endOfDayS } from '../learning-turns';
import { PartitionFeed } from '../partition-feed';
import { sideBySide } from '../side-by-side';
import { TimeWitness } from '../time-witness';
import type { LabelChangelog } from './label-changelog';
import type { LearningView } from './learning-view';
import { withLog } from './ownership';

export interface WorkerPorts {
  readonly reader: LogReader;
  readonly decoder: EventDecoder;
  readonly store: TrainerStore;
  /** See {@link FeedPorts}. */
  readonly times?: TimeDecisions;
  readonly clock: Clock;
  readonly changelog: LabelChangelog;
  readonly view: LearningView;
  readonly observer: Observer;
  /** Opens the writer of this name, and fences whoever had it. */
  readonly openWriter: (name: string) => Promise<LogWriter>;
}

export interface WorkerSettings {
  /** Names of the input topics, by TopicIndex. */
  readonly topics: readonly string[];
  readonly labels: Omit<LabelSettings, 'window'>;
  /** Seconds between checks for idle topics. */
  readonly checkEverySeconds: number;
  readonly silenceDays: number;
  readonly confirmedS: number | null;
}

/** Of all processes of a deployment, the one that opened it last can publish slices of the partition. */
const labelWriter = (partition: number): string => `train-labels-${partition}`;

/**
 * The label work of one partition that this process owns. It restores the labels from the last slice, folds events up to the end of the day,
 * and publishes the day's slice. Event time then stands still until the learner has published that the day is done.
 *
 * Nothing is stored between two slices. After a kill, the next owner reads the events since the last slice again.
 */
export class PartitionWorker {
  private feed!: PartitionFeed;
  private writer!: LogWriter;
  private reported: LabelReport | null = null;
  /** Event time up to which the partition was read, as far as the learner knows, seconds. */
  private reportedUntilS = NEVER_S;
  /** As of the last check. */
  private ends: readonly number[];
  private turn: Promise<unknown> = Promise.resolve();
  private readonly witness: TimeWitness;
  /** Event time up to which the local clock vouched for silence at the last check, seconds. */
  private vouchedS = NEVER_S;

  constructor(
    readonly partition: number,
    private readonly ports: WorkerPorts,
    private readonly settings: WorkerSettings,
  ) {
    this.ends = settings.topics.map(() => UNKNOWN_END);
    this.witness = new TimeWitness(ports.clock, settings.silenceDays);
  }

  /** null before the labels are restored. */
  get labels(): PartitionLabels | null {
    return this.feed?.labels ?? null;
  }

  /** Works until the signal aborts. Rejects with WriterFenced if another process has taken over, and on a fault. */
  async run(signal: AbortSignal): Promise<void> {
    const { view, openWriter, reader, changelog, store, times } = this.ports;
    if ((await view.opened(signal)) === null) return;
    // First the writer, then the log: from now on no earlier owner can add anything.
    this.writer = await openWriter(labelWriter(this.partition));
    try {
      await sideBySide(signal, async (leave) => {
        await withLog(`topic ${changelog.topic}`, () => this.restore());
        await withLog('topic of dead letters', async () => times?.open(this.feed.positions(), store));
        return [
          reader.follow(this.feed.positions(), (batch) => this.take(batch, leave), leave),
          this.watch(leave),
          times?.follow([this.partition], leave) ?? Promise.resolve(),
        ];
      });
    } finally {
      await this.writer.close();
    }
  }

  private async restore(): Promise<void> {
    const { store, changelog, view } = this.ports;
    const { partition } = this;
    const { progress, report, readUntilS } = await changelog.restore(partition);
    if (progress === null) await this.refuseLoss();
    const settings = { ...this.settings.labels, window: view.window };
    const labels = new PartitionLabels(partition, progress, settings, {
      load: (customerId) => store.state(partition, customerId),
      encode: (state) => encodeState(state, store.format),
      decode: decodeState,
      score: (snapshot, atS) => view.score(snapshot, atS),
    });
    this.feed = new PartitionFeed(this.ports, this.settings.topics, labels);
    this.reported = report;
    this.reportedUntilS = readUntilS;
  }

  /** A day is done when every partition has a slice of it. Without one, the whole history would become one slice, and days would differ. */
  private async refuseLoss(): Promise<void> {
    const { reader, view } = this.ports;
    const { partition } = this;
    if ((view.current?.progress.dayS ?? null) === null) return;
    const bounds = await Promise.all(this.settings.topics.map((topic) => reader.bounds(topic, partition)));
    if (bounds.every(({ start, end }) => start >= end)) return;
    throw new LabelRecordError(
      `partition ${partition} has no slice in the examples topic, although days are done in the learning topic: one topic was deleted without the other. Delete both and start anew`,
    );
  }

  /** Returns when there is room for more: it reads ahead only as far as a silent partition needs it. */
  private async take(batch: LogBatch, signal: AbortSignal): Promise<void> {
    const { view } = this.ports;
    const refused = await this.feed.refused(batch, signal);
    if (signal.aborted) return;
    await this.inTurn(async () => {
      this.feed.add(batch, refused);
      await this.advance(this.feed.knownEnds());
    });
    const { labels } = this.feed;
    const { limitS } = view.current!;
    if (limitS !== null && labels.clockS < limitS && this.isReadTo(limitS)) await this.check(false);
    while (!signal.aborted && this.isFarAhead())
      await view.changedAfter(view.revision, this.settings.checkEverySeconds * 1000, signal);
  }

  /** True if this partition has done the day, and was read as far as a silent one needs it. */
  private isFarAhead(): boolean {
    const { limitS } = this.ports.view.current!;
    const { clockS, nextTurnS } = this.feed.labels;
    if (limitS !== null) return clockS >= limitS && this.isReadTo(limitS + SILENT_S);
    // Before the first day nothing is folded. No day can end later than that of this partition's first event.
    return nextTurnS !== null && this.isReadTo(endOfDayS(nextTurnS) + SILENT_S);
  }

  /** As far as the last check knew the ends of the topics. */
  private isReadTo(atS: number): boolean {
    return this.feed.labels.times.readUntilS(this.ends) >= atS;
  }

  /** Advances when the learner has published something, and checks for idle topics at intervals. */
  private async watch(signal: AbortSignal): Promise<void> {
    const { view } = this.ports;
    let seen = view.revision;
    // Until the end of the customers topic is known, events wait.
    await this.check(false);
    while (!signal.aborted) {
      await view.changedAfter(seen, this.settings.checkEverySeconds * 1000, signal);
      if (signal.aborted) return;
      const isChange = view.revision !== seen;
      seen = view.revision;
      if (!isChange) await this.check(true);
      else await this.takeChange();
    }
  }

  /** Most days need no request: all topics were read beyond the day. */
  private async takeChange(): Promise<void> {
    await this.inTurn(() => this.advance(this.feed.knownEnds()));
    const { labels } = this.feed;
    const { limitS, furthestS } = this.ports.view.current!;
    if (limitS === null || labels.clockS >= limitS) return;
    if (furthestS - SILENT_S >= limitS || labels.times.readUntilS(this.ends) >= limitS) await this.check(false);
  }

  /** Requests the topics' ends and lets the clock pass idle topics. `reports`: also how far the partition was read. */
  private async check(reports: boolean): Promise<void> {
    const ends = await this.feed.requestEnds();
    await this.inTurn(async () => {
      this.feed.tookEnds(ends);
      this.ends = ends;
      this.vouch(ends);
      await this.advance(ends);
      if (reports) await this.reportAhead(ends);
    });
  }

  /** What an operator and the local clock say of this partition, if it was read to its end. */
  private vouch(ends: readonly number[]): void {
    const { labels } = this.feed;
    confirmTime(labels, ends, this.settings.confirmedS, this.ports.observer);
    const frontS = Math.max(labels.times.readUntilS(ends), this.ports.view.current!.furthestS);
    this.vouchedS = this.witness.vouchedS(frontS, Math.max(frontS, knownTimeS(labels)));
  }

  private async advance(ends: readonly number[]): Promise<void> {
    const { labels } = this.feed;
    const { limitS, furthestS } = this.ports.view.current!;
    const untilS = readOrVouchedS(labels, ends, this.vouchedS);
    if (limitS === null) return this.reportFirst(untilS, ends);
    if (labels.clockS >= limitS) return;
    this.takeMarks();
    const isSilent = furthestS - untilS >= SILENT_S && labels.times.isIdle(ends);
    labels.advance(Math.min(limitS, isSilent ? furthestS - SILENT_S : untilS));
    if (labels.clockS < limitS) return;
    await this.ports.changelog.publish(this.writer, { changes: labels.takeChanges(), readUntilS: untilS });
    this.ports.times?.keep(this.partition, this.ports.store);
    this.reportedUntilS = untilS;
  }

  /** The day that the labels stand at is done: takes over what the learner has trained on, before anything else happens to the labels. */
  private takeMarks(): void {
    const { labels } = this.feed;
    const { marks } = this.ports.view.current!;
    if (marks === null || marks.dayS !== labels.clockS) return;
    const closed = new Map(
      marks.marks.flatMap((mark) =>
        mark.partition === this.partition ? [[`${mark.atS} ${mark.customerId}`, mark.closed]] : [],
      ),
    );
    if (closed.size === 0) return;
    for (const origin of [...labels.origins()]) {
      const trained = closed.get(`${origin.atS} ${origin.customerId}`);
      if (trained !== undefined) labels.markTrained(origin, trained);
    }
  }

  /** Before the first day: the learner needs the first event of every partition. */
  private async reportFirst(untilS: number, ends: readonly number[]): Promise<void> {
    const { labels } = this.feed;
    if (untilS === NEVER_S && !labels.times.isIdle(ends)) return;
    const firstS = labels.nextTurnS;
    const isFirstQuorum = untilS !== NEVER_S && this.reportedUntilS === NEVER_S;
    if (this.reported !== null && this.reported.firstS === firstS && !isFirstQuorum) return;
    await this.report({ firstS, readUntilS: untilS });
  }

  /** While another partition keeps the day open: it may be silent, and follows if this one was read far beyond the day. */
  private async reportAhead(ends: readonly number[]): Promise<void> {
    const { limitS } = this.ports.view.current!;
    const { labels } = this.feed;
    if (limitS === null || labels.clockS < limitS) return;
    const untilS = readOrVouchedS(labels, ends, this.vouchedS);
    if (untilS < limitS + SILENT_S || this.reportedUntilS >= limitS + SILENT_S) return;
    await this.report({ firstS: this.reported?.firstS ?? null, readUntilS: untilS });
  }

  private async report(report: LabelReport): Promise<void> {
    await this.ports.changelog.report(this.writer, this.partition, report);
    this.reported = report;
    this.reportedUntilS = Math.max(this.reportedUntilS, report.readUntilS);
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return done;
  }
}
