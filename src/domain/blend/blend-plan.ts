import type { BtydModel, ShapeCalibration } from '../btyd/btyd-model';
import { expectedOrders } from '../distribution/order-curve';
import type { CustomerEvent } from '../event';
import type { NetworkWeights } from '../network/weights';
import type { ModelSettings } from '../scoring/model';
import type { Backtest } from './backtest';
import { type BlendChoice, blendedOrders, chooseBlend, UNINFORMED } from './blend-choice';
import type { BtydFits } from './btyd-baselines';
import { type CustomerHistory, type KnownCustomer, knownCustomers } from './customer-history';
import { readAll, statesBefore } from './network-model';
import { calibrateShapes } from './shape-calibration';
import { rankTotals, type TotalRecord, totalFactor, totalOf } from './total';

export interface BlendTask {
  /** The history to learn from. Nothing at or after `asOfS` is read. */
  readonly events: readonly CustomerEvent[];
  readonly histories: readonly CustomerHistory[];
  /** Every customer of `events` with an event before `asOfS`. */
  readonly customers: readonly KnownCustomer[];
  readonly fits: BtydFits;
  readonly asOfS: number;
  /** The horizon at which the total is corrected, days. */
  readonly horizonDays: number;
  readonly windowDays: number;
  readonly minorPerMajor: number;
}

/** How to blend, chosen at earlier origins. It is the same for every seed. */
export interface BlendPlan {
  readonly choice: BlendChoice;
  readonly calibration: ShapeCalibration | null;
  /** Best first. */
  readonly totals: readonly TotalRecord[];
}

export function planBlend(task: BlendTask, test: Backtest | null): BlendPlan {
  const { histories, fits, asOfS, windowDays } = task;
  const totals = rankTotals(histories, fits, asOfS, windowDays);
  if (test === null) return { choice: UNINFORMED, calibration: null, totals };
  const choice = chooseBlend(test.rows);
  const earlier = {
    ...task,
    asOfS: test.originS,
    horizonDays: test.days,
    customers: knownCustomers(histories, test.originS),
  };
  const records = rankTotals(histories, fits, test.originS, windowDays);
  const level = totalFactor(
    [targetTotal(records, earlier)],
    test.rows.map((row) => ({ orders: blendedOrders(row, choice.networkShares[row.segment]!) })),
  );
  return { choice, calibration: calibrateShapes(test.rows, choice, level), totals };
}

function targetTotal(totals: readonly TotalRecord[], task: Omit<BlendTask, 'events'>): number {
  const { histories, fits, asOfS, customers, horizonDays, windowDays } = task;
  return combinedTotal(
    totals.map(({ forecaster, error }) => {
      const predicted = totalOf(forecaster, { histories, fits, asOfS, windowDays }, customers, horizonDays);
      return { error, total: predicted === null ? 0 : predicted.reduce((sum, orders) => sum + orders, 0) };
    }),
  );
}

/**
 * Settings with which the scorer serves the blend. They combine the network with Pareto/NBD and Gamma-Gamma of the same history, as
 * planned. A factor brings the training customers' total to that of the baselines.
 */
export function blendedSettings(
  weights: NetworkWeights,
  settings: ModelSettings,
  task: BlendTask,
  plan: BlendPlan,
): ModelSettings & { readonly structure: BtydModel } {
  const { asOfS, customers, horizonDays } = task;
  const { paretoNbd, orderValue } = task.fits.before(asOfS);
  const { networkShares, valueShare } = plan.choice;
  const at = (level: number) => ({
    ...settings,
    structure: {
      paretoNbd,
      networkShares,
      level,
      value: { prior: orderValue, networkShare: valueShare },
      ...(plan.calibration === null ? {} : { calibration: plan.calibration }),
    },
  });
  const states = statesBefore(task.events, asOfS, settings.window);
  const customerStates = customers.map(({ customerId }) => states.get(customerId)!);
  const outputs = readAll(weights, at(1), customerStates, asOfS, task.minorPerMajor);
  const blended = outputs.map(({ curve }) => ({ orders: expectedOrders(curve, horizonDays) }));
  return at(totalFactor([targetTotal(plan.totals, task)], blended));
}

/** Errors of the total below this are taken as luck. */
const LEAST_ERROR = 0.05;

/**
 * Geometric mean of the baselines' totals, weighted by the inverse square of their earlier errors. One or two origins are too few to rely
 * on the best baseline alone.
 */
export function combinedTotal(forecasts: readonly { readonly error: number; readonly total: number }[]): number {
  let [sum, weights] = [0, 0];
  for (const { error, total } of forecasts) {
    if (!(total > 0) || !Number.isFinite(error)) continue;
    const weight = 1 / (error ** 2 + LEAST_ERROR ** 2);
    sum += weight * Math.log(total);
    weights += weight;
  }
  return weights === 0 ? 0 : Math.exp(sum / weights);
}
