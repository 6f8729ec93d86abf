import { probabilityOfZero } from '../distribution/count-distribution';
import { daysUntilOrder } from '../distribution/order-curve';
import { type SpendDistribution, spendDistribution, spendQuantile } from '../distribution/spend-distribution';
import { SECONDS_PER_DAY, type SourcePosition } from '../event';
import type { SequenceState } from '../state/sequence-state';
import { meanGapDays, NEVER_S, netOrders, netValue, type RunningSummary } from '../state/summary';
import {
  type ClvUpdate,
  type Confidence,
  type History,
  type LifecycleStage,
  ORDER_PROBABILITY_HORIZONS_DAYS,
  type PerProbabilityHorizon,
  type PerValueHorizon,
  type Prediction,
  type UpdateTrigger,
  VALUE_HORIZONS_DAYS,
  type ValueTier,
} from '../update';
import type { HeadOutputs } from './model';
import type { Rescored, Scorer } from './scorer';
import { type TierStep, tierOfModel } from './tier-cuts';

/** A customer is new for this long after the first order. */
const NEW_DAYS = 30;
/** With fewer orders than this, the confidence is reported as thin. */
const THIN_ORDERS = 3;

/** Of the published days until the next order. */
export const NEXT_ORDER_LEVELS = [0.25, 0.5, 0.75] as const;
/** Of the published quantiles of the 365-day CLV. */
export const SPEND_LEVELS = [0.1, 0.5, 0.9] as const;

export interface Money {
  readonly currency: string;
  /** 100 for EUR, 1 for JPY. */
  readonly minorPerMajor: number;
}

/**
 * Everything that is published about one customer. All of it comes from one curve, count shape, order value and log-spend sigma, so
 * nothing contradicts. `tier`: default: by the model's own cuts.
 */
export function predict(
  scorer: Scorer,
  outputs: HeadOutputs,
  summary: RunningSummary,
  asOfS: number,
  money: Money,
  tier?: ValueTier,
): Prediction {
  const { curve } = outputs;
  const orderValue = outputs.orderValueMinor / money.minorPerMajor;
  const orders = VALUE_HORIZONS_DAYS.map((days) => scorer.ordersWithin(outputs, days)) as unknown as PerValueHorizon;
  const clv = VALUE_HORIZONS_DAYS.map((days) => scorer.clv(outputs, days)) as unknown as PerValueHorizon;
  const { dispersion, erlangShape } = outputs;
  const orderProbabilities = ORDER_PROBABILITY_HORIZONS_DAYS.map(
    (days) => 1 - probabilityOfZero({ mean: scorer.ordersWithin(outputs, days), dispersion, erlangShape }),
  ) as unknown as PerProbabilityHorizon;
  const spend = spendOf({ orderProbability: orderProbabilities, clv }, outputs);
  // Churn means no order within 90 days.
  const churnProbability = 1 - orderProbabilities[2];
  return {
    orders,
    revenue: orders.map((expected) => expected * orderValue) as unknown as PerValueHorizon,
    clv,
    orderProbability: orderProbabilities,
    churnProbability,
    nextOrderDays: NEXT_ORDER_LEVELS.map((p) =>
      daysUntilOrder(curve, outputs, p),
    ) as unknown as Prediction['nextOrderDays'],
    clv365Quantiles: SPEND_LEVELS.map((q) => spendQuantile(spend, q)) as unknown as Prediction['clv365Quantiles'],
    valueTier: tier ?? tierOfModel(scorer.model, clv[2]),
    lifecycleStage: lifecycleStage(summary, asOfS, churnProbability),
  };
}

/** The distribution of the 365-day CLV, from the update's own order probability and mean. */
export function spendOf(
  { orderProbability: probabilities, clv }: Pick<Prediction, 'orderProbability' | 'clv'>,
  { logSpendSigma }: HeadOutputs,
): SpendDistribution {
  return spendDistribution(probabilities[3], clv[2], logSpendSigma);
}

/**
 * prospect: never ordered. new: first order at most 30 days ago. Otherwise by the churn probability: active < 0.5 ≤ at-risk < 0.85 ≤
 * lapsed.
 */
export function lifecycleStage(summary: RunningSummary, asOfS: number, churnProbability: number): LifecycleStage {
  if (summary.lastOrderS === NEVER_S) return 'prospect';
  if (churnProbability >= 0.85 && asOfS - summary.lastOrderS > NEW_DAYS * SECONDS_PER_DAY) return 'lapsed';
  if (asOfS - summary.firstOrderS <= NEW_DAYS * SECONDS_PER_DAY) return 'new';
  return churnProbability < 0.5 ? 'active' : 'at-risk';
}

export function history(summary: RunningSummary, asOfS: number, money: Money): History {
  const { valued, minor } = netValue(summary);
  return {
    historicClv: (summary.placedMinor - summary.returnedMinor) / money.minorPerMajor,
    orders: netOrders(summary),
    averageOrderValue: valued === 0 ? null : minor / valued / money.minorPerMajor,
    averageDaysBetweenOrders: meanGapDays(summary),
    daysSinceLastOrder:
      summary.lastOrderS === NEVER_S ? null : Math.max(0, asOfS - summary.lastOrderS) / SECONDS_PER_DAY,
  };
}

export function confidence(summary: RunningSummary): Confidence {
  const orders = netOrders(summary);
  return orders === 0 ? 'cold' : orders < THIN_ORDERS ? 'thin' : 'ok';
}

/** One score of a customer, and what led to it. */
export interface ScoredCustomer {
  readonly customerId: string;
  readonly state: SequenceState;
  readonly rescored: Rescored;
  readonly source: SourcePosition;
  readonly trigger: UpdateTrigger;
  /** Default: the model's own cuts decide, without a previous tier. */
  readonly tier?: TierStep;
}

/** The output record: how and why one customer's value changed. */
export function updateOf(
  scorer: Scorer,
  { customerId, state, rescored, source, trigger, tier }: ScoredCustomer,
  money: Money,
): ClvUpdate {
  const { asOfS, outputs } = rescored;
  return {
    customerId,
    asOfS,
    source,
    folded: state.folded.map(({ count, hash }) => ({ count, hash })),
    sequence: state.folded.reduce((sum, { count }) => sum + count, 0),
    modelVersion: scorer.model.version,
    trigger,
    currency: money.currency,
    history: history(state.summary, asOfS, money),
    prediction: predict(scorer, outputs, state.summary, asOfS, money, tier?.tier),
    value: rescored.value,
    change: rescored.change,
    refolded: state.published?.refolded ?? false,
    confidence: confidence(state.summary),
    tierCuts: tier?.cuts ?? '',
    previousTier: tier?.previous ?? null,
  };
}
