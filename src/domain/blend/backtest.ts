import { conditionalCurve } from '../btyd/pareto-nbd';
import type { OrderCurve } from '../distribution/order-curve';
import { type CustomerEvent, SECONDS_PER_DAY } from '../event';
import { baseOrderValueMinor } from '../scoring/model';
import { segmentOf } from '../state/order-segments';
import type { BtydFits } from './btyd-baselines';
import { between, type CustomerHistory, knownCustomers, outcomeOf, sumMinor } from './customer-history';
import { type NetworkFitter, readAll, statesBefore, TooLittleHistoryError } from './network-model';

/** Predictions of the network and the BTYD models for one customer at an earlier origin, and what happened in the window after it. */
export interface BacktestRow {
  /** Length of the window, days. */
  readonly days: number;
  /** Order segment at the origin. */
  readonly segment: number;
  readonly networkCurve: OrderCurve;
  readonly btydCurve: OrderCurve;
  readonly dispersion: number;
  readonly networkValue: number; // major units
  readonly btydValue: number; // major units
  readonly logSpendSigma: number;
  readonly orders: number;
  /** Number and sum (major units) of the orders with a value above 0. */
  readonly valuedOrders: number;
  readonly ordered: number;
  /** max(0, orders − refunds), major units. */
  readonly spend: number;
}

export interface Backtest {
  readonly originS: number;
  readonly days: number;
  readonly rows: readonly BacktestRow[];
}

export interface BacktestTask {
  readonly events: readonly CustomerEvent[];
  readonly histories: readonly CustomerHistory[];
  readonly fits: BtydFits;
  /** Nothing at or after this instant is read, seconds. */
  readonly asOfS: number;
  /** Days from the origin to `asOfS`. */
  readonly windowDays: number;
  readonly seed: number;
  readonly minorPerMajor: number;
}

/**
 * Trains the network and fits the BTYD models again, on the history before an origin one label window earlier. Their results in that
 * window decide how to combine them now. Returns null if the history before the origin is too short to train on.
 */
export async function backtest(task: BacktestTask, fitNetwork: NetworkFitter): Promise<Backtest | null> {
  const { asOfS, windowDays, minorPerMajor } = task;
  const originS = asOfS - windowDays * SECONDS_PER_DAY;
  const customers = knownCustomers(task.histories, originS);
  if (customers.length === 0) return null;
  const fitted = await fitNetwork(task.events, originS, task.seed).catch((error: unknown) => {
    if (error instanceof TooLittleHistoryError) return null;
    throw error;
  });
  if (fitted === null) return null;
  const { weights, settings } = fitted;
  const states = statesBefore(task.events, originS, settings.window);
  const customerStates = customers.map(({ customerId }) => states.get(customerId)!);
  const outputs = readAll(weights, settings, customerStates, originS, minorPerMajor);
  const { paretoNbd, orderValue } = task.fits.before(originS);
  const rows = customers.map((customer, i): BacktestRow => {
    const { curve, dispersion, orderValueMinor, logSpendSigma } = outputs[i]!;
    const { meanValue } = customer;
    const valued = meanValue?.orders ?? 0;
    const happened = between(customer.history.orders, originS, asOfS).filter(({ minor }) => minor > 0);
    return {
      days: windowDays,
      segment: segmentOf(customer.orders),
      networkCurve: curve,
      btydCurve: conditionalCurve(paretoNbd, customer.recencyFrequency),
      dispersion,
      networkValue: orderValueMinor / minorPerMajor,
      btydValue: baseOrderValueMinor(orderValue, valued * (meanValue?.mean ?? 0), valued) / minorPerMajor,
      logSpendSigma,
      ...outcomeOf(customer, windowDays, minorPerMajor),
      valuedOrders: happened.length,
      ordered: sumMinor(happened) / minorPerMajor,
    };
  });
  return { originS, days: windowDays, rows };
}
