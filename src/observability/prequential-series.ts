import {
  type PrequentialFigures,
  type PrequentialModel,
  type PrequentialReport,
  SERVED,
  type SegmentQuantity,
} from '../domain/prequential/report';
import type { MetricKey } from './metrics';

export interface Sample {
  readonly key: MetricKey;
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

const QUANTITIES = ['orders', 'spend'] as const;
const ALL = 'all';

/**
 * Converts a report to samples. The model label is the role (served, current, previous), and an info series has the version. So the
 * number of series does not grow with the number of models. A figure that is not a number has no sample.
 */
export function* prequentialSamples(report: PrequentialReport): IterableIterator<Sample> {
  const { currentVersion, previousVersion, horizons } = report;
  yield { key: 'prequentialVersion', value: 1, labels: { model: 'current', version: currentVersion } };
  if (previousVersion !== null) {
    yield { key: 'prequentialVersion', value: 1, labels: { model: 'previous', version: previousVersion } };
  }
  const partOf = ({ model }: PrequentialModel) =>
    model === SERVED ? SERVED : model === currentVersion ? 'current' : 'previous';
  for (const { days, judged, models } of horizons) {
    const horizon = { horizon_days: String(days) };
    yield { key: 'prequentialJudged', value: judged, labels: horizon };
    for (const model of models) yield* finite(samplesOf(model, { model: partOf(model), ...horizon }));
  }
}

function* samplesOf(model: PrequentialModel, labels: Readonly<Record<string, string>>): IterableIterator<Sample> {
  const { brier, ece, auc } = model.buysAgain;
  yield { key: 'prequentialScores', value: model.scores, labels: { ...labels, segment: ALL } };
  yield { key: 'prequentialBrier', value: brier, labels };
  yield { key: 'prequentialCalibrationError', value: ece, labels };
  yield { key: 'prequentialAuc', value: auc, labels };
  yield { key: 'prequentialLoss', value: model.loss, labels };
  for (const quantity of QUANTITIES) {
    yield* quantitySamples(model[quantity], { ...labels, quantity });
    yield* segmentSamples(model[quantity], { ...labels, quantity, segment: ALL });
  }
  for (const [segment, figures] of Object.entries(model.groups)) {
    yield { key: 'prequentialScores', value: figures.scores, labels: { ...labels, segment } };
    for (const quantity of QUANTITIES) yield* segmentSamples(figures[quantity], { ...labels, quantity, segment });
  }
}

function* quantitySamples(
  figures: PrequentialFigures,
  labels: Readonly<Record<string, string>>,
): IterableIterator<Sample> {
  yield { key: 'prequentialAbsoluteError', value: figures.mae, labels };
  yield { key: 'prequentialSquaredError', value: figures.rmse, labels };
  yield { key: 'prequentialSpearman', value: figures.spearman, labels };
  yield { key: 'prequentialGini', value: figures.nGini, labels };
  yield { key: 'prequentialCrps', value: figures.crps, labels };
  yield { key: 'prequentialDecileError', value: figures.decileWape, labels };
  yield { key: 'prequentialPlainCoverage', value: figures.plain90, labels };
  yield { key: 'prequentialPlainCoverageExpected', value: figures.plain90Expected, labels };
}

function* segmentSamples(figures: SegmentQuantity, labels: Readonly<Record<string, string>>): IterableIterator<Sample> {
  yield { key: 'prequentialRatio', value: figures.ratio, labels };
  yield { key: 'prequentialCoverage', value: figures.coverage80, labels: { ...labels, nominal: '80' } };
  yield { key: 'prequentialCoverage', value: figures.coverage95, labels: { ...labels, nominal: '95' } };
}

function* finite(samples: Iterable<Sample>): IterableIterator<Sample> {
  for (const sample of samples) if (Number.isFinite(sample.value)) yield sample;
}
