import { VALUE_TIERS } from '../domain/update';
import type { Fact, FactOf } from '../ports/observer';
import { type FactHandlers, handle } from './fact-handlers';
import type { MetricSeries } from './metric-series';
import type { MetricKey } from './metrics';
import { prequentialSamples } from './prequential-series';

/** Gauges of an owned partition. They are removed when it is revoked. */
const PER_PARTITION = ['lag', 'customersSetAside', 'standing'] as const satisfies readonly MetricKey[];

/** First parts of the names of gauges that only the trainer that learns reports. */
const LEARNERS_GAUGES = ['prequential', 'calibration', 'gate', 'trainingLoss', 'tier'];

/** Counts facts. Every kind has a handler, because a fact without a metric can't raise an alert. */
export class FactMetrics {
  /** Announcement time of the model in use; null before the first swap. */
  modelAnnouncedAtMs: number | null = null;
  private readonly assigned = new Set<number>();
  private readonly handlers: FactHandlers = {
    'batch-committed': (fact) => this.batchCommitted(fact),
    published: ({ records, seconds }) => {
      this.series.count('publishedRecords', records);
      this.series.record('publishSeconds', seconds);
    },
    lag: ({ partition, records }) => this.setOwned('lag', partition, records),
    'partition-assigned': ({ partition }) => {
      this.assigned.add(partition);
      this.series.set('assignedPartitions', this.assigned.size);
    },
    'partition-revoked': ({ partition }) => {
      this.assigned.delete(partition);
      this.series.set('assignedPartitions', this.assigned.size);
      for (const key of PER_PARTITION) this.series.remove(key, { partition });
    },
    fenced: ({ by }) => this.series.count('fenced', 1, { by }),
    'lease-moved': ({ how, partitions }) => this.series.count('leaseMoves', partitions.length, { how }),
    'customers-set-aside': ({ partition, customers }) => this.setOwned('customersSetAside', partition, customers),
    standing: ({ partition, seconds }) => this.setOwned('standing', partition, seconds),
    'loss-found': ({ reason, records }) => {
      this.series.count('losses', 1, { reason });
      this.series.count('logLostRecords', records);
    },
    'offsets-overruled': ({ reason }) => this.series.count('offsetsOverruled', 1, { reason }),
    'topic-fault': ({ topic, fault, present }) => this.series.set('topicFault', present ? 1 : 0, { topic, fault }),
    dependency: ({ name, up }) => this.series.set('dependencyUp', up ? 1 : 0, { dependency: name }),
    'model-swapped': ({ version, announcedAtMs }) => {
      this.series.resetGauges('modelInfo');
      this.series.set('modelInfo', 1, { version });
      this.series.count('modelSwaps', 1);
      this.modelAnnouncedAtMs = announcedAtMs;
    },
    'model-refused': () => this.series.count('modelRefusals', 1),
    trained: ({ loss, examples, seconds, scope }) => {
      this.series.set('trainingLoss', loss, { scope });
      this.series.count('trainingExamples', examples, { scope });
      this.series.record('trainingSeconds', seconds);
    },
    gate: ({ promoted, championLoss, challengerLoss, origins }) => {
      this.series.count('gateVerdicts', 1, { verdict: promoted ? 'promoted' : 'refused' });
      this.series.set('gateLoss', championLoss, { contender: 'champion' });
      this.series.set('gateLoss', challengerLoss, { contender: 'challenger' });
      this.series.set('gateOrigins', origins);
    },
    labels: ({ openOrigins, closedIntervals, reservoir, tooLate, watermarkS, heldS }) => {
      this.series.set('openOrigins', openOrigins);
      this.series.set('closedIntervals', closedIntervals);
      this.series.set('reservoir', reservoir);
      this.series.set('labelLate', tooLate);
      this.series.set('watermark', watermarkS);
      this.series.set('labelHeld', heldS);
    },
    tiers: ({ inForce, off }) => {
      this.series.set('tierOff', off ? 1 : 0);
      if (inForce === null) return;
      const { cuts, shares, releasedAtMs } = inForce;
      for (const [i, tier] of VALUE_TIERS.entries()) {
        if (i > 0) this.series.set('tierCut', cuts[i - 1]!, { tier });
        this.series.set('tierShare', shares[i]!, { tier });
      }
      this.series.set('tierReleased', releasedAtMs / 1000);
    },
    'time-decided': ({ decision, records }) => this.series.count('timeDecided', records, { decision }),
    'shared-training': ({ isLearner, limitS, missing }) => {
      this.series.set('trainerLearns', isLearner ? 1 : 0);
      if (limitS !== null) this.series.set('trainerDay', limitS);
      this.series.set('trainerMissing', missing);
      // Another trainer reports them now. Old figures of this one would keep an alert alive.
      if (!isLearner) for (const prefix of LEARNERS_GAUGES) this.series.resetGauges(prefix);
    },
    calibrated: ({ released, segments }) => {
      this.series.count('calibrationReleases', released ? 1 : 0);
      for (const { segment, labels, coverage, factor } of segments) {
        this.series.set('calibrationLabels', labels, { segment });
        this.series.set('calibrationFactor', factor, { segment });
        if (Number.isFinite(coverage)) this.series.set('calibrationCoverage', coverage, { segment });
      }
    },
    prequential: ({ report }) => {
      // Removed first, so that a version that is no longer in the report does not stay.
      this.series.resetGauges('prequential');
      for (const { key, value, labels } of prequentialSamples(report)) this.series.set(key, value, labels);
    },
  };

  constructor(private readonly series: MetricSeries) {}

  observe(fact: Fact): void {
    handle(this.handlers, fact);
  }

  private batchCommitted(fact: FactOf<'batch-committed'>): void {
    const { series } = this;
    for (const [kind, count] of fact.events) series.count('events', count, { kind });
    series.count('updates', fact.updates);
    for (const [reason, count] of fact.deadLetters) series.count('deadLetters', count, { reason });
    for (const [topic, records] of fact.misplaced) series.count('copartitionMismatch', records, { topic });
    series.count('tooLate', fact.tooLate);
    series.count('coalesced', fact.coalesced);
    series.count('replayed', fact.replayed);
    series.count('sweepFailures', fact.sweepFailures);
    for (const [what, count] of fact.cleaned) series.count('inputsCleaned', count, { what });
    series.record('batchSeconds', fact.seconds);
    for (const seconds of fact.endToEndSeconds) series.record('endToEndSeconds', Math.max(0, seconds));
  }

  /** Ignores a late fact about a revoked partition: it must not create the series again. */
  private setOwned(key: (typeof PER_PARTITION)[number], partition: number, value: number): void {
    if (this.assigned.has(partition)) this.series.set(key, value, { partition });
  }
}
