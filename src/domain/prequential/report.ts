import { countLoss } from '../distribution/count-distribution';
import {
  type CustomerForecast,
  type CustomerOutcome,
  type Judgement,
  judgeCounts,
  judgeSpend,
} from '../metrics/forecast';
import { ORDER_SEGMENTS } from '../state/order-segments';
import type { JudgedScore } from './judged-score';

/** How well stored scores predicted one quantity (orders, or spend in major units). NaN if the scores do not determine a measure. */
export interface PrequentialFigures
  extends Pick<
    Judgement,
    | 'mae'
    | 'rmse'
    | 'spearman'
    | 'nGini'
    | 'crps'
    | 'coverage80'
    | 'coverage95'
    | 'plain90'
    | 'plain90Expected'
    | 'decileWape'
    | 'deciles'
  > {
  /** Predicted total ÷ actual total. */
  readonly ratio: number;
}

/** The same for the customers of one order segment. */
export interface SegmentFigures {
  readonly scores: number;
  readonly orders: SegmentQuantity;
  readonly spend: SegmentQuantity;
}
export type SegmentQuantity = Pick<PrequentialFigures, 'ratio' | 'coverage80' | 'coverage95'>;

/** Stored scores at one horizon, of one version or of the versions in force (`served`). */
export interface PrequentialModel {
  /** 'served', or a model version. */
  readonly model: string;
  readonly scores: number;
  readonly orders: PrequentialFigures;
  readonly spend: PrequentialFigures;
  /** For "orders again within the horizon". */
  readonly buysAgain: Pick<Judgement, 'brier' | 'ece' | 'auc' | 'calibration'>;
  /** Mean loss of the number of orders, nats (without the constant ln n!). */
  readonly loss: number;
  /** By name of the order segment at the origin. Segments without a score are absent. The key is part of the report's JSON. */
  readonly groups: Readonly<Record<string, SegmentFigures>>;
}

export interface PrequentialHorizon {
  readonly days: number;
  /** All scores that were ever judged at this horizon. The figures cover only the newest of them. */
  readonly judged: number;
  /** Event time until the next score can be judged, days. null if no origin waits. */
  readonly nextInDays: number | null;
  /** `served` first, then the current and the previous version, if they have judged scores. Empty before the first judgement. */
  readonly models: readonly PrequentialModel[];
}

export interface PrequentialReport {
  /** Event time up to which labels have matured, seconds. */
  readonly asOfS: number;
  readonly currentVersion: string;
  /** Null if there was no previous version. */
  readonly previousVersion: string | null;
  readonly horizons: readonly PrequentialHorizon[];
}

export const SERVED = 'served';
/** Seed of the randomised PIT. It is the same for every version. */
const PIT_SEED = 20_250;
/** Minimum number of judged scores for which a version is reported. */
export const MIN_SCORES = 100;

/** The measures of a version's stored scores at one horizon. null for fewer than {@link MIN_SCORES}. */
export function figuresOf(
  model: string,
  scores: readonly JudgedScore[],
  minorPerMajor: number,
): PrequentialModel | null {
  if (scores.length < MIN_SCORES) return null;
  const { counts, spend } = judgements(scores, minorPerMajor);
  const { brier, ece, auc, calibration } = counts;
  const groups: Record<string, SegmentFigures> = {};
  ORDER_SEGMENTS.forEach(({ name }, segment) => {
    const members = scores.filter((score) => score.segment === segment);
    if (members.length === 0) return;
    const judged = judgements(members, minorPerMajor);
    groups[name] = { scores: members.length, orders: ofSegment(judged.counts), spend: ofSegment(judged.spend) };
  });
  const loss = scores.reduce(
    (sum, { predicted, actual }) =>
      sum + countLoss({ ...predicted, mean: Math.max(predicted.orders, 1e-9) }, actual.orders),
    0,
  );
  return {
    model,
    scores: scores.length,
    orders: figures(counts),
    spend: figures(spend),
    buysAgain: { brier, ece, auc, calibration },
    loss: loss / scores.length,
    groups,
  };
}

function judgements(scores: readonly JudgedScore[], minorPerMajor: number) {
  const forecasts = scores.map(
    ({ predicted: { orders, dispersion, erlangShape, spendMinor, logSpendSigma } }): CustomerForecast => ({
      orders,
      dispersion,
      erlangShape,
      spend: spendMinor / minorPerMajor,
      logSpendSigma,
    }),
  );
  const outcomes = scores.map(
    ({ actual }): CustomerOutcome => ({ orders: actual.orders, spend: actual.spendMinor / minorPerMajor }),
  );
  return { counts: judgeCounts(forecasts, outcomes, PIT_SEED), spend: judgeSpend(forecasts, outcomes, PIT_SEED) };
}

function figures(judgement: Judgement): PrequentialFigures {
  const { mae, rmse, spearman, nGini, crps, coverage80, coverage95 } = judgement;
  const { plain90, plain90Expected, decileWape, deciles } = judgement;
  const ranked = { spearman, nGini, crps, coverage80, coverage95, plain90, plain90Expected, decileWape, deciles };
  return { ratio: 1 + judgement.bias, mae, rmse, ...ranked };
}

function ofSegment({ bias, coverage80, coverage95 }: Judgement): SegmentQuantity {
  return { ratio: 1 + bias, coverage80, coverage95 };
}
