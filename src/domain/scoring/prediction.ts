import { probabilityOfZero } from '../distribution/count-distribution';
import { daysUntilOrder } from '../distribution/order-curve';
import { type SpendDistribution, spendDistribution, spendQuantile } from '../distribution/spend-distribution';
import { SECONDS_PER_DAY, type SourcePosition } from '../event';
import type { SequenceState } from '../state/sequence-state';
import { meanGapDays, NEVER_S, netOrders, netValue, type RunningSummary } from '../state/summary';
import {
  type ClvUpdate,
  type Confidence,
  type FoldedCount,
  type History,
  type LifecycleStage,
  ORDER_PROBABILITY_HORIZONS_DAYS as P,
  type PerProbabilityHorizon,
  type PerValueHorizon,
  type Prediction,
  type UpdateTrigger,
  VALUE_HORIZONS_DAYS as V,
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
  const orders: PerValueHorizon = [
    scorer.ordersWithin(outputs, V[0]),
    scorer.ordersWithin(outputs, V[1]),
    scorer.ordersWithin(outputs, V[2]),
  ];
  const clv: PerValueHorizon = [scorer.clv(outputs, V[0]), scorer.clv(outputs, V[1]), scorer.clv(outputs, V[2])];
  const orderProbabilities: PerProbabilityHorizon = [
    orderWithin(scorer, outputs, P[0]),
    orderWithin(scorer, outputs, P[1]),
    orderWithin(scorer, outputs, P[2]),
    orderWithin(scorer, outputs, P[3]),
  ];
  const spend = spendOf({ orderProbability: orderProbabilities, clv }, outputs);
  // Churn means no order within 90 days.
  const churnProbability = 1 - orderProbabilities[2];
  return {
    orders,
    revenue: [orders[0] * orderValue, orders[1] * orderValue, orders[2] * orderValue],
    clv,
    orderProbability: orderProbabilities,
    churnProbability,
    nextOrderDays: [
      daysUntilOrder(curve, outputs, NEXT_ORDER_LEVELS[0]),
      daysUntilOrder(curve, outputs, NEXT_ORDER_LEVELS[1]),
      daysUntilOrder(curve, outputs, NEXT_ORDER_LEVELS[2]),
    ],
    clv365Quantiles: [
      spendQuantile(spend, SPEND_LEVELS[0]),
      spendQuantile(spend, SPEND_LEVELS[1]),
      spendQuantile(spend, SPEND_LEVELS[2]),
    ],
    valueTier: tier ?? tierOfModel(scorer.model, clv[2]),
    lifecycleStage: lifecycleStage(summary, asOfS, churnProbability),
  };
}

function orderWithin(scorer: Scorer, outputs: HeadOutputs, days: (typeof P)[number]): number {
  const { dispersion, erlangShape } = outputs;
  return 1 - probabilityOfZero({ mean: scorer.ordersWithin(outputs, days), dispersion, erlangShape });
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
  /** Default: the mark in the state. */
  readonly refolded?: boolean;
}

const copyOf = ({ count, hash }: FoldedCount): FoldedCount => ({ count, hash });

function sequenceOf({ folded }: SequenceState): number {
  let sequence = 0;
  for (const { count } of folded) sequence += count;
  return sequence;
}

/** The output record: how and why one customer's value changed. */
export function updateOf(
  scorer: Scorer,
  { customerId, state, rescored, source, trigger, tier, refolded }: ScoredCustomer,
  money: Money,
): ClvUpdate {
  const { asOfS, outputs } = rescored;
  return {
    customerId,
    asOfS,
    source,
    folded: state.folded.map(copyOf),
    sequence: sequenceOf(state),
    modelVersion: scorer.model.version,
    trigger,
    currency: money.currency,
    history: history(state.summary, asOfS, money),
    prediction: predict(scorer, outputs, state.summary, asOfS, money, tier?.tier),
    value: rescored.value,
    change: rescored.change,
    refolded: refolded ?? state.published?.refolded ?? false,
    confidence: confidence(state.summary),
    tierCuts: tier?.cuts ?? '',
    previousTier: tier?.previous ?? null,
  };
}
