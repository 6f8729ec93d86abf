import { EVENT_TOPICS, INPUT_ROLES, SECONDS_PER_DAY } from '../domain/event';
import type { ClvUpdate, Confidence, LifecycleStage, UpdateTrigger, ValueTier } from '../domain/update';

/** A CLV update as on the wire, field for field as in schemas/clv-update.avsc. Instants in ms, money in major units. */
export interface ClvUpdateRecord {
  readonly customerId: string;
  readonly asOf: number;
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: number };
  readonly folded: readonly { readonly topic: string; readonly count: number; readonly hash: number }[];
  readonly sequence: number;
  readonly modelVersion: string;
  readonly trigger: UpdateTrigger;
  readonly currency: string;
  readonly historicClv: number;
  readonly orders: number;
  readonly averageOrderValue: number | null;
  readonly averageDaysBetweenOrders: number | null;
  readonly daysSinceLastOrder: number | null;
  readonly predictedOrders30d: number;
  readonly predictedOrders90d: number;
  readonly predictedOrders365d: number;
  readonly predictedRevenue30d: number;
  readonly predictedRevenue90d: number;
  readonly predictedRevenue365d: number;
  readonly predictedClv30d: number;
  readonly predictedClv90d: number;
  readonly predictedClv365d: number;
  readonly orderProbability7d: number;
  readonly orderProbability30d: number;
  readonly orderProbability90d: number;
  readonly orderProbability365d: number;
  readonly churnProbability: number;
  readonly nextOrderDaysP25: number | null;
  readonly nextOrderDaysP50: number | null;
  readonly nextOrderDaysP75: number | null;
  readonly expectedNextOrderEarliest: number | null;
  readonly expectedNextOrder: number | null;
  readonly expectedNextOrderLatest: number | null;
  readonly clv365dP10: number;
  readonly clv365dP50: number;
  readonly clv365dP90: number;
  readonly valueTier: ValueTier;
  readonly lifecycleStage: LifecycleStage;
  readonly value: number;
  readonly previousValue: number;
  readonly modelEffect: number;
  readonly silenceEffect: number;
  readonly eventEffect: number;
  readonly refolded: boolean;
  readonly confidence: Confidence;
  readonly tierCuts: string;
  readonly previousTier: ValueTier | null;
}

/** For a topic that the update's writer did not support. */
const NOTHING_FOLDED = { count: 0, hash: 0 };

/** The instant `days` after asOf, whole seconds, in ms. null if `days` is null. */
export function dateAfterMs(asOfS: number, days: number | null): number | null {
  return days === null ? null : (asOfS + Math.round(days * SECONDS_PER_DAY)) * 1000;
}

export function toUpdateRecord(update: ClvUpdate): ClvUpdateRecord {
  const { source, history, prediction: p, change } = update;
  return {
    customerId: update.customerId,
    asOf: update.asOfS * 1000,
    source: { topic: INPUT_ROLES[source.topic] as string, partition: source.partition, offset: source.offset },
    folded: EVENT_TOPICS.map((topic) => ({ topic: INPUT_ROLES[topic] as string, ...update.folded[topic]! })),
    sequence: update.sequence,
    modelVersion: update.modelVersion,
    trigger: update.trigger,
    currency: update.currency,
    historicClv: history.historicClv,
    orders: history.orders,
    averageOrderValue: history.averageOrderValue,
    averageDaysBetweenOrders: history.averageDaysBetweenOrders,
    daysSinceLastOrder: history.daysSinceLastOrder,
    predictedOrders30d: p.orders[0],
    predictedOrders90d: p.orders[1],
    predictedOrders365d: p.orders[2],
    predictedRevenue30d: p.revenue[0],
    predictedRevenue90d: p.revenue[1],
    predictedRevenue365d: p.revenue[2],
    predictedClv30d: p.clv[0],
    predictedClv90d: p.clv[1],
    predictedClv365d: p.clv[2],
    orderProbability7d: p.orderProbability[0],
    orderProbability30d: p.orderProbability[1],
    orderProbability90d: p.orderProbability[2],
    orderProbability365d: p.orderProbability[3],
    churnProbability: p.churnProbability,
    nextOrderDaysP25: p.nextOrderDays[0],
    nextOrderDaysP50: p.nextOrderDays[1],
    nextOrderDaysP75: p.nextOrderDays[2],
    expectedNextOrderEarliest: dateAfterMs(update.asOfS, p.nextOrderDays[0]),
    expectedNextOrder: dateAfterMs(update.asOfS, p.nextOrderDays[1]),
    expectedNextOrderLatest: dateAfterMs(update.asOfS, p.nextOrderDays[2]),
    clv365dP10: p.clv365Quantiles[0],
    clv365dP50: p.clv365Quantiles[1],
    clv365dP90: p.clv365Quantiles[2],
    valueTier: p.valueTier,
    lifecycleStage: p.lifecycleStage,
    value: update.value,
    previousValue: change.previous,
    modelEffect: change.model,
    silenceEffect: change.silence,
    eventEffect: change.event,
    refolded: update.refolded,
    confidence: update.confidence,
    tierCuts: update.tierCuts,
    previousTier: update.previousTier,
  };
}

export function fromUpdateRecord(record: ClvUpdateRecord): ClvUpdate {
  const r = record;
  return {
    customerId: r.customerId,
    asOfS: r.asOf / 1000,
    source: {
      topic: (INPUT_ROLES as readonly string[]).indexOf(r.source.topic),
      partition: r.source.partition,
      offset: r.source.offset,
    },
    folded: INPUT_ROLES.map((role) => {
      const { count, hash } = r.folded.find(({ topic }) => topic === role) ?? NOTHING_FOLDED;
      return { count, hash };
    }),
    sequence: r.sequence,
    modelVersion: r.modelVersion,
    trigger: r.trigger,
    currency: r.currency,
    history: {
      historicClv: r.historicClv,
      orders: r.orders,
      averageOrderValue: r.averageOrderValue,
      averageDaysBetweenOrders: r.averageDaysBetweenOrders,
      daysSinceLastOrder: r.daysSinceLastOrder,
    },
    prediction: {
      orders: [r.predictedOrders30d, r.predictedOrders90d, r.predictedOrders365d],
      revenue: [r.predictedRevenue30d, r.predictedRevenue90d, r.predictedRevenue365d],
      clv: [r.predictedClv30d, r.predictedClv90d, r.predictedClv365d],
      orderProbability: [r.orderProbability7d, r.orderProbability30d, r.orderProbability90d, r.orderProbability365d],
      churnProbability: r.churnProbability,
      nextOrderDays: [r.nextOrderDaysP25, r.nextOrderDaysP50, r.nextOrderDaysP75],
      clv365Quantiles: [r.clv365dP10, r.clv365dP50, r.clv365dP90],
      valueTier: r.valueTier,
      lifecycleStage: r.lifecycleStage,
    },
    value: r.value,
    change: { previous: r.previousValue, model: r.modelEffect, silence: r.silenceEffect, event: r.eventEffect },
    refolded: r.refolded,
    confidence: r.confidence,
    tierCuts: r.tierCuts,
    previousTier: r.previousTier,
  };
}

/** Everything that a record contains twice, or per topic, must be the same after conversion to the domain and back. */
export function redundancyFaults(record: ClvUpdateRecord, again: ClvUpdateRecord): string[] {
  const faults = (Object.keys(again) as (keyof ClvUpdateRecord)[]).filter(
    (field) => field !== 'source' && field !== 'folded' && !Object.is(record[field], again[field]),
  ) as string[];
  if (record.source.topic !== again.source.topic) faults.push('source.topic');
  // A writer of an older version may have fewer topics, in the same order.
  const inOrder = record.folded.every(({ topic }, i) => topic === again.folded[i]?.topic);
  if (!inOrder) faults.push('folded');
  return faults;
}
