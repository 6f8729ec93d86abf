import type { SourcePosition } from './event';

/** Horizons, in days, for which orders, revenue and CLV are published. */
export const VALUE_HORIZONS_DAYS = [30, 90, 365] as const;
/** Horizons, in days, for which the probability of at least one order is published. */
export const ORDER_PROBABILITY_HORIZONS_DAYS = [7, 30, 90, 365] as const;

export type UpdateTrigger = 'event' | 'clock';
export type Confidence = 'cold' | 'thin' | 'ok';
/** Set by cuts of the 365-day CLV, lowest first. */
export const VALUE_TIERS = ['bronze', 'silver', 'gold', 'platinum'] as const;
export type ValueTier = (typeof VALUE_TIERS)[number];
export const LIFECYCLE_STAGES = ['prospect', 'new', 'active', 'at-risk', 'lapsed'] as const;
export type LifecycleStage = (typeof LIFECYCLE_STAGES)[number];

/** One value per horizon of {@link VALUE_HORIZONS_DAYS}. */
export type PerValueHorizon = readonly [number, number, number];
/** One value per horizon of {@link ORDER_PROBABILITY_HORIZONS_DAYS}. */
export type PerProbabilityHorizon = readonly [number, number, number, number];

/** The model's prediction for one customer at one point in time. Money in major units of the deployment's currency. */
export interface Prediction {
  readonly orders: PerValueHorizon;
  readonly revenue: PerValueHorizon;
  readonly clv: PerValueHorizon;
  /** P(at least one order within the horizon). */
  readonly orderProbability: PerProbabilityHorizon;
  /** 1 − P(order) over the churn horizon (90 days). */
  readonly churnProbability: number;
  /** Days from asOf until the next order has happened with probability 0.25, 0.5, 0.75. null if it does not reach that within 10 years. */
  readonly nextOrderDays: readonly [number | null, number | null, number | null];
  /** Quantiles 0.10, 0.50, 0.90 of the 365-day CLV. */
  readonly clv365Quantiles: readonly [number, number, number];
  readonly valueTier: ValueTier;
  readonly lifecycleStage: LifecycleStage;
}

/** Facts of the past, from the running summary. Money in major units. */
export interface History {
  /** Value of all orders less refunds and cancellations. May be negative. */
  readonly historicClv: number;
  readonly orders: number;
  readonly averageOrderValue: number | null;
  readonly averageDaysBetweenOrders: number | null;
  readonly daysSinceLastOrder: number | null;
}

/** Split of a change: previous + model + silence + event = value, to 1e-9. All in CLV (365 days), major units. */
export interface ChangeSplit {
  readonly previous: number;
  /** Effect of the new model, at the previous instant. */
  readonly model: number;
  /** Effect of the time without an event, from the previous instant to this one. */
  readonly silence: number;
  /** Effect of the event (0 for a clock update). */
  readonly event: number;
}

/** Per input topic with events: the number of this customer's folded offsets, and their order-dependent 32-bit hash. */
export interface FoldedCount {
  readonly count: number;
  readonly hash: number;
}

export interface ClvUpdate {
  readonly customerId: string;
  /** Event time of the score, seconds since the epoch. It never decreases. */
  readonly asOfS: number;
  readonly source: SourcePosition;
  /** Index = TopicIndex of orders, clicks, browses. */
  readonly folded: readonly FoldedCount[];
  /** Sum of the counts. It may repeat or jump after a roll-back, so no check relies on it. */
  readonly sequence: number;
  readonly modelVersion: string;
  readonly trigger: UpdateTrigger;
  readonly currency: string;
  readonly history: History;
  readonly prediction: Prediction;
  /** The 365-day CLV that `change` explains; equals prediction.clv[2]. */
  readonly value: number;
  readonly change: ChangeSplit;
  /** True if the state was rolled back and refolded. Then `change.previous` may differ from the last published record. */
  readonly refolded: boolean;
  readonly confidence: Confidence;
  /** Version of the cuts that decided the tier. Empty if the model's cuts did, without a previous tier. */
  readonly tierCuts: string;
  /** The customer's tier before this update, as its state had it. null if it had none. */
  readonly previousTier: ValueTier | null;
}
