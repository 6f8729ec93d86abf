import { SECONDS_PER_DAY } from '../../../domain/event';
import type { Clock } from '../../../ports/clock';
import type { Learner } from '../../../ports/learner';
import type { LogWriter } from '../../../ports/log';
import type { ModelRegistry } from '../../../ports/model-registry';
import type { Observer } from '../../../ports/observer';
import type { PrequentialReports } from '../../../ports/prequential-reports';
import type { TrainerStore, TrainingProgress } from '../../../ports/trainer-store';
import type { Sha256 } from '../../../serde/model-artefact';
import { ChampionHistory } from '../champion';
import { LearningDay } from '../learning-day';
import type { LearningOptions } from '../learning-ports';
import { PrequentialReporter } from '../prequential';
import { sideBySide } from '../side-by-side';
import type { LabelChangelog } from './label-changelog';
import { beforeTheFirstDay, type Learning, type LearningLog } from './learning-log';
import { withLog } from './ownership';
import { PartitionMirrors } from './partition-mirrors';

export interface SharedLearnerPorts {
  readonly store: TrainerStore;
  readonly changelog: LabelChangelog;
  readonly openLearningLog: () => LearningLog;
  readonly openWriter: (name: string) => Promise<LogWriter>;
  readonly openRegistry: (writer: LogWriter) => ModelRegistry;
  readonly reports: PrequentialReports;
  readonly learner: Learner;
  readonly sha256: Sha256;
  readonly observer: Observer;
  readonly clock: Clock;
  /** Keeps the value tiers. Runs beside the learning, and never rejects. */
  readonly tiers?: { run(signal: AbortSignal): Promise<void> };
}

export interface SharedLearnerOptions extends LearningOptions {
  readonly partitions: number;
  readonly firstArtefact: Uint8Array;
}

/** Of all trainers of a deployment, the one that opened it last can publish models and days. */
const LEARNER_WRITER = 'train';
/**
 * Wall-clock seconds after the first slice of a day, after which the partitions that keep the day open are named. On a live stream, quiet
 * partitions come to the end of a day some minutes after busy ones.
 */
const NOTICE_AFTER_S = 30 * 60;

/**
 * The learner of a deployment. It copies the labels of all partitions. When all of them have closed a day, it works on the day and publishes
 * the models.
 *
 * What it publishes last is the day. If it is killed before, the next learner works on the day again, from the same labels and the same
 * progress, and so comes to the same models.
 */
export class SharedLearner {
  private published!: Learning;
  private mirrors!: PartitionMirrors;
  private history!: ChampionHistory;
  private log!: LearningLog;
  private writer!: LogWriter;
  /** When the first slice of the day came; null before it. */
  private waitingSinceS: number | null = null;
  private noticedLimitS: number | null | undefined;
  private readonly prequential: PrequentialReporter;

  constructor(
    private readonly ports: SharedLearnerPorts,
    private readonly options: SharedLearnerOptions,
  ) {
    const { reports, observer, clock } = ports;
    const { minorPerMajor, settings } = options;
    this.prequential = new PrequentialReporter(reports, observer, clock, minorPerMajor, settings.reportEverySeconds);
  }

  /** The partitions that the learner waits for. Empty while it works. */
  get missing(): readonly number[] {
    const limitS = this.published?.limitS ?? null;
    if (this.mirrors === undefined) return [];
    return limitS === null ? this.mirrors.unreported() : this.mirrors.missing(limitS);
  }

  /** Works until the signal aborts. Rejects with WriterFenced if another process has taken over, and on a fault. */
  async run(signal: AbortSignal): Promise<void> {
    // First the writer, then the log: from now on no earlier learner can add anything.
    this.writer = await this.ports.openWriter(LEARNER_WRITER);
    const registry = this.ports.openRegistry(this.writer);
    try {
      await sideBySide(signal, async (leave) => {
        await this.restore(registry);
        return [
          this.mirrors.follow(leave),
          withLog('the models topic', () => registry.watchCurrent((current) => this.history.adopt(current), leave)),
          this.workOnDays(leave),
          this.ports.tiers?.run(leave) ?? Promise.resolve(),
        ];
      });
    } finally {
      // With its reader and the writer.
      await registry.close().catch(() => undefined);
      await this.writer.close();
    }
  }

  private async restore(registry: ModelRegistry): Promise<void> {
    const { store, changelog, observer, clock, sha256, openLearningLog } = this.ports;
    this.log = openLearningLog();
    const restored = await withLog(`topic ${this.log.topic}`, () => this.log.restore());
    const progress = {
      training: () => restored?.progress ?? null,
      // Before a model is announced: the next learner must know it for its own.
      commit: (_: readonly [], training: TrainingProgress) => this.publish({ ...this.published, progress: training }),
    };
    const historyPorts = { store: progress, registry, observer, clock, sha256 };
    // The progress of a day is published when the day is done, by workOnDays.
    this.history = await withLog('the models topic', () =>
      ChampionHistory.open(historyPorts, { ...this.options, keepsChampion: true }, () => undefined),
    );
    this.published = restored ?? beforeTheFirstDay(this.history.progress);
    if (restored === null) await this.publish(this.published);
    this.mirrors = await withLog(`topic ${changelog.topic}`, () =>
      PartitionMirrors.open(changelog, store, this.options.partitions),
    );
    const { version } = this.history.champion.model;
    observer.notice('info', `this trainer learns from now on, with champion ${version}`, {
      lastDay: dayEndingAt(this.history.progress.dayS),
    });
  }

  private async publish(learning: Learning): Promise<void> {
    await this.log.publish(this.writer, learning);
    this.published = learning;
  }

  private async workOnDays(signal: AbortSignal): Promise<void> {
    const { mirrors } = this;
    const day = new LearningDay(this.ports, this.options, this.history, () => mirrors);
    while (!signal.aborted) {
      const { limitS } = this.published;
      if (limitS !== null && mirrors.missing(limitS).length === 0) {
        if (!(await day.work(limitS, signal))) return;
        const marks = mirrors.takeMarks();
        await this.publish({
          limitS: limitS + SECONDS_PER_DAY,
          furthestS: mirrors.furthestS,
          progress: this.history.progress,
          marks: marks.length === 0 ? this.published.marks : { dayS: limitS, marks },
        });
        this.waitingSinceS = null;
        continue;
      }
      const firstS = limitS === null ? mirrors.firstDayS() : null;
      if (firstS !== null) {
        this.waitingSinceS = null;
        await this.publish({ ...this.published, limitS: firstS });
      } else await this.wait(limitS, signal);
    }
  }

  /** Until something is published, or the time of a check has come. */
  private async wait(limitS: number | null, signal: AbortSignal): Promise<void> {
    const { clock } = this.ports;
    const { mirrors } = this;
    this.noteWait(limitS);
    let isDue = false;
    const wake = new AbortController();
    const due = clock
      .sleep(this.options.settings.checkEverySeconds * 1000, AbortSignal.any([signal, wake.signal]))
      .then(() => {
        isDue = !wake.signal.aborted;
      });
    await mirrors.changedOr(due);
    wake.abort();
    if (signal.aborted) return;
    await this.prequential.reportIfDue(mirrors.partitions, this.history.champion.model.version);
    if (!isDue) return;
    if (limitS !== null && mirrors.maySilentFollow(limitS) && this.published.furthestS < mirrors.furthestS)
      await this.publish({ ...this.published, furthestS: mirrors.furthestS });
    this.notice(limitS);
  }

  /** A day of a live stream is open for a day, and a stream that stands still closes no day. Neither is news. */
  private noteWait(limitS: number | null): void {
    const isNews = limitS === null || this.missing.length < this.options.partitions;
    if (isNews) this.waitingSinceS ??= this.ports.clock.elapsedS();
    else this.waitingSinceS = null;
  }

  private notice(limitS: number | null): void {
    const { missing, waitingSinceS } = this;
    if (waitingSinceS === null || this.noticedLimitS === limitS || missing.length === 0) return;
    if (this.ports.clock.elapsedS() - waitingSinceS < NOTICE_AFTER_S) return;
    this.noticedLimitS = limitS;
    const what = limitS === null ? 'their first event' : `day ${dayEndingAt(limitS)}`;
    this.ports.observer.notice(
      'warn',
      `the learner waits for partitions ${missing.join(', ')}: nobody has published ${what} yet`,
      { next: 'start a trainer if these partitions have none; else see which of their input topics has no new events' },
    );
  }
}

function dayEndingAt(midnightS: number | null): string | null {
  return midnightS === null ? null : new Date((midnightS - SECONDS_PER_DAY) * 1000).toISOString().slice(0, 10);
}
