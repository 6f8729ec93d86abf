import { SECONDS_PER_DAY } from '../../domain/event';
import type { PartitionLabels } from '../../domain/labels/labels';
import { type JudgedScore, PREQUENTIAL_HORIZONS_DAYS } from '../../domain/prequential/judged-score';
import { figuresOf, type PrequentialHorizon, type PrequentialReport, SERVED } from '../../domain/prequential/report';
import type { Clock } from '../../ports/clock';
import type { Observer } from '../../ports/observer';
import type { PrequentialReports } from '../../ports/prequential-reports';

/** A report waits for so many times as long as the last one took: on a busy machine labels and rounds come first. */
const REST = 4;

/** Works out, now and then, what the stored scores have come to, and tells it. */
export class PrequentialReporter {
  private lastS = Number.NEGATIVE_INFINITY;
  private tookS = 0;
  /** What the last report was about: without a change there is no other. */
  private lastState = '';

  constructor(
    private readonly reports: PrequentialReports,
    private readonly observer: Observer,
    private readonly clock: Clock,
    private readonly minorPerMajor: number,
    private readonly everySeconds: number,
  ) {}

  /** Reports where it is due and anything was judged since the last time. A log that is away costs a report, not the trainer. */
  async reportIfDue(partitions: readonly PartitionLabels[], currentVersion: string): Promise<void> {
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
      this.observer.notice('warn', 'the prequential report could not be published', { error: String(error) });
    }
  }

  private async build(partitions: readonly PartitionLabels[], currentVersion: string): Promise<PrequentialReport> {
    const asOfS = Math.min(...partitions.map((labels) => labels.clockS));
    const judged = partitions.flatMap((labels) => [...labels.judgedScores()]);
    const previousVersion = latestOther(judged, currentVersion);
    // Labels go on maturing while the figures are worked out: all that is told is of this instant.
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
        // Events get their turn in between.
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

/** The version, other than the current one, of the latest question that has been judged. */
function latestOther(judged: readonly JudgedScore[], currentVersion: string): string | null {
  let latest: JudgedScore | null = null;
  for (const score of judged) {
    if (score.modelVersion !== currentVersion && score.atS >= (latest?.atS ?? 0)) latest = score;
  }
  return latest?.modelVersion ?? null;
}
