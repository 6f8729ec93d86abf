import { minorPerMajor } from '../../../domain/currency';
import { INPUT_ROLES, SECONDS_PER_DAY } from '../../../domain/event';
import type { Explanation } from '../../../domain/explanation/explanation';
import { lastOrderS } from '../../../domain/last-order';
import {
  type ClvUpdate,
  ORDER_PROBABILITY_HORIZONS_DAYS,
  type PerValueHorizon,
  VALUE_HORIZONS_DAYS,
} from '../../../domain/update';
import type { RankedCustomer } from '../../../ports/customer-list';
import type { FlowStatus, HistoryPoint, ModelSeen } from '../../../ports/customer-queries';
import type { TierRelease } from '../../../ports/tier-releases';

/** Converts updates to the JSON of the HTTP API: instants in ISO 8601, horizons by name ("365d"), money in major units. */

export type Json = Readonly<Record<string, unknown>>;

export function customerToJson(update: ClvUpdate): Json {
  const { prediction } = update;
  return {
    customerId: update.customerId,
    asOf: toIso(update.asOfS),
    modelVersion: update.modelVersion,
    trigger: update.trigger,
    confidence: update.confidence,
    currency: update.currency,
    clv: update.value,
    valueTier: prediction.valueTier,
    previousTier: update.previousTier,
    tierCuts: update.tierCuts,
    lifecycleStage: prediction.lifecycleStage,
    churnProbability: prediction.churnProbability,
    history: update.history,
    predicted: Object.fromEntries(VALUE_HORIZONS_DAYS.map((days, i) => [`${days}d`, atHorizon(prediction, i)])),
    orderProbability: Object.fromEntries(
      ORDER_PROBABILITY_HORIZONS_DAYS.map((days, i) => [`${days}d`, prediction.orderProbability[i]]),
    ),
    nextOrder: nextOrderToJson(update),
    clv365Quantiles: quantiles(prediction.clv365Quantiles),
    change: update.change,
    refolded: update.refolded,
    source: { ...update.source, topic: INPUT_ROLES[update.source.topic] },
    sequence: update.sequence,
  };
}

export function rankedToJson({ update, fall, trend }: RankedCustomer): Json {
  const lastS = lastOrderS(update);
  return {
    customerId: update.customerId,
    asOf: toIso(update.asOfS),
    clv: update.value,
    fall,
    trend,
    valueTier: update.prediction.valueTier,
    lifecycleStage: update.prediction.lifecycleStage,
    churnProbability: update.prediction.churnProbability,
    orders: update.history.orders,
    lastOrder: lastS === null ? null : toIso(lastS),
    currency: update.currency,
    confidence: update.confidence,
  };
}

/** Cuts by the tier that begins above them. Null before the first release: the model's cuts are in force then. */
export function tiersToJson(release: TierRelease | null): Json | null {
  if (release === null) return null;
  const { version, cuts, margin, customers, releasedAtMs } = release;
  const [silver, gold, platinum] = cuts;
  return { version, above: { silver, gold, platinum }, margin, customers, releasedAt: toIso(releasedAtMs / 1000) };
}

export function pointToJson({ asOfS, ...point }: HistoryPoint): Json {
  return { asOf: toIso(asOfS), ...point };
}

export function explanationToJson({ asOfS, value, events, ...explanation }: Explanation, currency: string): Json {
  const minor = minorPerMajor(currency);
  return {
    asOf: toIso(asOfS),
    clv: value,
    ...explanation,
    events: events.map(({ timeS, kind, amountMinor, ...event }) => ({
      time: toIso(timeS),
      kind,
      amount: amountMinor / minor,
      ...event,
    })),
  };
}

export function modelToJson(model: ModelSeen): Json {
  return {
    version: model.version,
    firstAsOf: model.firstAsOfS === null ? null : toIso(model.firstAsOfS),
    lastAsOf: model.lastAsOfS === null ? null : toIso(model.lastAsOfS),
    firstSeenAt: new Date(model.firstSeenAtMs).toISOString(),
    updates: model.updates,
    note: model.note,
    action: model.action,
    by: model.by,
    reason: model.reason,
  };
}

export function statusToJson({ newestAsOfS, newestUpdateAtMs, ...status }: FlowStatus): Json {
  return {
    ...status,
    newestAsOf: newestAsOfS === null ? null : toIso(newestAsOfS),
    newestUpdateAt: newestUpdateAtMs === null ? null : new Date(newestUpdateAtMs).toISOString(),
  };
}

function atHorizon(prediction: Record<'orders' | 'revenue' | 'clv', PerValueHorizon>, horizon: number): Json {
  return {
    orders: prediction.orders[horizon],
    revenue: prediction.revenue[horizon],
    clv: prediction.clv[horizon],
  };
}

function nextOrderToJson({ asOfS, prediction }: ClvUpdate): Json {
  const [early, median, late] = prediction.nextOrderDays.map((days) =>
    days === null ? null : toIso(asOfS + days * SECONDS_PER_DAY),
  );
  return { expected: median ?? null, quartiles: [early ?? null, median ?? null, late ?? null] };
}

function quantiles([p10, p50, p90]: PerValueHorizon): Json {
  return { p10, p50, p90 };
}

/** JavaScript's dates end after about 270,000 years. A model that predicts a later date means "never". */
export function toIso(seconds: number): string | null {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
