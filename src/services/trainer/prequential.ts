import { SECONDS_PER_DAY } from '../../domain/event';
import type { LearningLabels } from '../../domain/labels/learning-labels';
import { type JudgedScore, PREQUENTIAL_HORIZONS_DAYS } from '../../domain/prequential/judged-score';
import { figuresOf, type PrequentialHorizon, type PrequentialReport, SERVED } from '../../domain/prequential/report';
import type { Clock } from '../../ports/clock';
import type { Observer } from '../../ports/observer';
import type { PrequentialReports } from '../../ports/prequential-reports';

/** Minimum pause before a report, as a multiple of the last one's duration: labels and rounds have priority on a busy machine. */
const REST = 4;

/** Computes the figures of the judged scores at intervals, and publishes them. */
export class PrequentialReporter {
  private lastS = Number.NEGATIVE_INFINITY;
  private tookS = 0;
  /** Version and counts of the last report. A report is skipped if they are unchanged. */
  private lastState = '';

  constructor(
    private readonly reports: PrequentialReports,
    private readonly observer: Observer,
    private readonly clock: Clock,
    private readonly minorPerMajor: number,
    private readonly everySeconds: number,
  ) {}

  /** Reports if the pause is over and new scores were judged. If the publication fails, the trainer goes on. */
  async reportIfDue(partitions: readonly LearningLabels[], currentVersion: string): Promise<void> {
    if (this.clock.elapsedS() - this.lastS < Math.max(this.everySeconds, REST * this.tookS)) return;
    const state = `${currentVersion} ${partitions.map((labels) => labels.count().judged.join()).join(' ')}`;
    if (state === this.lastState) return;
    this.lastS = this.clock.elapsedS();
    const report = await this.build(partitions, currentVersion);
    this.tookS = this.clock.elapsedS() - this.lastS;
    this.observer.observe({ kind: 'prequential', report });
    try {
      await this.reports.publish(report, this.clock.nowMs());
      this.lastState = state;
    } catch (error) {
      this.observer.notice('warn', 'the prequential report could not be published; the next one is tried later', {
        error: String(error),
      });
    }
  }

  private async build(partitions: readonly LearningLabels[], currentVersion: string): Promise<PrequentialReport> {
    const asOfS = Math.min(...partitions.map((labels) => labels.clockS));
    const judged = partitions.flatMap((labels) => [...labels.judgedScores()]);
    const previousVersion = latestOther(judged, currentVersion);
    // Taken before the figures, because labels mature in the meantime. All parts of the report must be of one instant.
    const counts = partitions.map((labels) => [...labels.count().judged]);
    const waiting = PREQUENTIAL_HORIZONS_DAYS.map((_, horizon) =>
      partitions.flatMap((labels) => labels.waitingSinceS(horizon) ?? []),
    );
    const horizons: PrequentialHorizon[] = [];
    for (const [horizon, days] of PREQUENTIAL_HORIZONS_DAYS.entries()) {
      const scores = judged.filter((score) => score.horizon === horizon);
      const models = [];
      for (const model of [SERVED, currentVersion, ...(previousVersion === null ? [] : [previousVersion])]) {
        const own = model === SERVED ? scores : scores.filter(({ modelVersion }) => modelVersion === model);
        const figures = figuresOf(model, own, this.minorPerMajor);
        if (figures !== null) models.push(figures);
        // Lets the event loop handle other work between two computations.
        await this.clock.sleep(0);
      }
      const since = waiting[horizon]!;
      horizons.push({
        days,
        judged: counts.reduce((sum, ofPartition) => sum + ofPartition[horizon]!, 0),
        nextInDays: since.length === 0 ? null : Math.max(0, days - (asOfS - Math.min(...since)) / SECONDS_PER_DAY),
        models,
      });
    }
    return { asOfS, currentVersion, previousVersion, horizons };
  }
}

/** The model version of the latest judged origin that another version than the current one scored. */
function latestOther(judged: readonly JudgedScore[], currentVersion: string): string | null {
  let latest: JudgedScore | null = null;
  for (const score of judged) {
    if (score.modelVersion !== currentVersion && score.atS >= (latest?.atS ?? 0)) latest = score;
  }
  return latest?.modelVersion ?? null;
}
