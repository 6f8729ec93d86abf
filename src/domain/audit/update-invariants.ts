import { TICK_TOPIC } from '../event';
import type { Model } from '../scoring/model';
import { confidence, history, lifecycleStage, type Money } from '../scoring/prediction';
import { modelCuts, type TierCuts, tierAfter, tierOfModel } from '../scoring/tier-cuts';
import type { RunningSummary } from '../state/summary';
import { type ClvUpdate, LIFECYCLE_STAGES, VALUE_TIERS } from '../update';

/** Tolerance of the split's sum, relative to its largest part. */
const SUM_TOLERANCE = 1e-9;
/** Tolerance for figures that one formula gives on every machine. */
const SAME = 1e-9;

/** Checks that need no input. Returns the names of the fields that break an invariant. */
export function invariantFaults(update: ClvUpdate, partition: number, money: Money): string[] {
  const faults: string[] = [];
  const demand = (holds: boolean, field: string) => {
    if (!holds) faults.push(field);
  };
  const { source, folded, change, prediction, value, trigger } = update;
  demand(source.partition === partition, 'source.partition');
  demand(update.sequence === folded.reduce((sum, { count }) => sum + count, 0), 'sequence');
  demand(update.currency === money.currency, 'currency');
  demand(Number.isInteger(update.asOfS), 'asOf');
  demand(source.topic >= 0, 'source.topic');
  demand((source.topic === TICK_TOPIC) === (trigger === 'clock'), 'trigger');
  demand(value === prediction.clv[2], 'value');
  const { previous, model, silence, event } = change;
  const size = Math.max(1, ...[previous, model, silence, event, value].map(Math.abs));
  demand(Math.abs(previous + model + silence + event - value) <= SUM_TOLERANCE * size, 'split');
  if (trigger === 'clock') demand(event === 0, 'eventEffect');
  return [...faults, ...predictionFaults(update)];
}

/** All figures of a prediction come from one curve, one order value and one log-spend sigma. Checks the relations among them. */
function predictionFaults({ prediction: p, value }: ClvUpdate): string[] {
  const faults: string[] = [];
  const demand = (holds: boolean, field: string) => {
    if (!holds) faults.push(field);
  };
  demand(rises(p.orders) && p.orders[0] >= 0, 'predictedOrders');
  demand(rises(p.revenue) && p.revenue[0] >= 0, 'predictedRevenue');
  demand(rises(p.clv) && p.clv[0] >= 0, 'predictedClv');
  const worth = p.revenue.map((revenue, i) => (p.orders[i] === 0 ? 0 : revenue / p.orders[i]!));
  demand(
    worth.every((each) => near(each, worth[0]!)),
    'predictedRevenue',
  );
  // Discounting takes more from a later value.
  const kept = p.clv.map((clv, i) => (p.revenue[i] === 0 ? 0 : clv / p.revenue[i]!));
  demand(
    kept.every((each, i) => i === 0 || each <= kept[i - 1]! * (1 + SAME)),
    'predictedClv',
  );
  demand(rises(p.orderProbability) && p.orderProbability[0] >= 0 && p.orderProbability[3] <= 1, 'orderProbability');
  demand(p.churnProbability === 1 - p.orderProbability[2], 'churnProbability');
  const [early, middle, late] = p.nextOrderDays.map((days) => days ?? Number.POSITIVE_INFINITY);
  demand(0 <= early! && early! <= middle! && middle! <= late!, 'nextOrderDays');
  demand(waitsAgree(p.nextOrderDays, p.orderProbability), 'nextOrderDays');
  const [low, median, high] = p.clv365Quantiles;
  demand(0 <= low && low <= median && median <= high && Number.isFinite(high), 'clv365d');
  [0.1, 0.5, 0.9].forEach((q, i) => {
    const none = 1 - p.orderProbability[3];
    // The spend is 0 with the probability of no order.
    if (Math.abs(none - q) > SAME && value > 0) demand(p.clv365Quantiles[i]! > 0 === q > none, 'clv365d');
  });
  demand((VALUE_TIERS as readonly string[]).includes(p.valueTier), 'valueTier');
  demand((LIFECYCLE_STAGES as readonly string[]).includes(p.lifecycleStage), 'lifecycleStage');
  return faults;
}

/** If a quartile of the wait lies within a horizon, the probability of an order within that horizon has reached the quartile's share. */
function waitsAgree(days: readonly (number | null)[], probabilities: readonly number[]): boolean {
  return [0.25, 0.5, 0.75].every((share, i) =>
    [7, 30, 90, 365].every((horizon, k) => {
      const reached = probabilities[k]!;
      if (Math.abs(reached - share) < 1e-6) return true;
      return (days[i] ?? Number.POSITIVE_INFINITY) <= horizon === reached >= share;
    }),
  );
}

/**
 * Names of the history fields that differ from the summary. `unclear`: it is uncertain which refunds voided an order. Then figures
 * that depend on it are checked against bounds only.
 */
export function historyFaults(update: ClvUpdate, summary: RunningSummary, unclear: boolean, money: Money): string[] {
  const expected = history(summary, update.asOfS, money);
  const stage = lifecycleStage(summary, update.asOfS, update.prediction.churnProbability);
  const faults: string[] = [];
  for (const field of ['historicClv', 'averageDaysBetweenOrders', 'daysSinceLastOrder'] as const) {
    if (!same(update.history[field], expected[field])) faults.push(field);
  }
  if (stage !== update.prediction.lifecycleStage) faults.push('lifecycleStage');
  const most = Math.max(0, summary.placed - summary.cancelled);
  const { orders, averageOrderValue } = update.history;
  if (unclear) {
    if (orders > most || orders < Math.max(0, most - summary.refunds)) faults.push('orders');
    return faults;
  }
  if (orders !== expected.orders) faults.push('orders');
  if (!same(averageOrderValue, expected.averageOrderValue)) faults.push('averageOrderValue');
  if (update.confidence !== confidence(summary)) faults.push('confidence');
  return faults;
}

/**
 * Names of the fields that contradict the tier: it must follow from value, previous tier and the named cuts, to the bit. `model`: the one that
 * the update names; undefined if it is not stored. `cutsOf`: released cuts; undefined for an unknown version.
 */
export function tierFaults(
  update: ClvUpdate,
  model: Model | undefined,
  cutsOf: (version: string) => TierCuts | undefined,
): string[] {
  const { tierCuts, previousTier, prediction, value, modelVersion } = update;
  if (tierCuts === '') return [...(previousTier === null ? [] : ['previousTier']), ...modelTierFaults(update, model)];
  const ofModel = tierCuts === modelVersion;
  if (ofModel && model === undefined) return [];
  const cuts = ofModel ? modelCuts(model!) : cutsOf(tierCuts);
  if (cuts === undefined) return ['tierCuts'];
  return tierAfter(previousTier, value, cuts) === prediction.valueTier ? [] : ['valueTier'];
}

/** For an update that names no cuts. A value at a cut of its model may be in either tier. */
function modelTierFaults({ prediction, value }: ClvUpdate, model: Model | undefined): string[] {
  if (model === undefined) return [];
  const fits = [1 - SAME, 1 + SAME].some((factor) => tierOfModel(model, value * factor) === prediction.valueTier);
  return fits ? [] : ['valueTier'];
}

function rises(values: readonly number[]): boolean {
  return values.every(
    (value, i) => Number.isFinite(value) && (i === 0 || value >= values[i - 1]! - SAME * Math.abs(value)),
  );
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= SAME * Math.max(Math.abs(a), Math.abs(b));
}

function same(a: number | null, b: number | null): boolean {
  return a === null || b === null ? a === b : near(a, b);
}
