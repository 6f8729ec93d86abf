import { sha256 } from '../../src/adapters/system/digest';
import { BtydFits } from '../../src/domain/blend/btyd-baselines';
import {
  customerHistories,
  type KnownCustomer,
  knownCustomers,
  outcomeOf,
} from '../../src/domain/blend/customer-history';
import { fitDispersion, fitLogSpendSigma } from '../../src/domain/blend/shape-fit';
import { conditionalCurve, probabilityOfNone } from '../../src/domain/btyd/pareto-nbd';
import { dispersionFor } from '../../src/domain/distribution/count-distribution';
import { expectedOrders, type OrderCurve } from '../../src/domain/distribution/order-curve';
import { SECONDS_PER_DAY } from '../../src/domain/event';
import { baseOrderValueMinor, type HeadOutputs } from '../../src/domain/scoring/model';
import type { SequenceState } from '../../src/domain/state/sequence-state';
import { Contender as ServedContender } from '../../src/services/trainer/contender';
import type { Schedule } from './schedule';
import type { ShopHistory } from './shops';

/** Forecasts one customer at one instant. */
export type Forecast = (state: SequenceState, customer: KnownCustomer, atS: number) => HeadOutputs;

/** Something that forecasts. At an instant it may use only what happened up to that instant. */
export interface Contender {
  readonly name: string;
  at(timeS: number): Forecast;
}

/** The models of a schedule, each while it is in force, computed with the served kernel. */
export function scheduled(name: string, { releases }: Schedule, minorPerMajor: number): Contender {
  const opened = new Map<number, ServedContender>();
  return {
    name,
    at: (timeS) => {
      const index = releases.findLastIndex(({ fromS }) => fromS <= timeS);
      const model = opened.get(index) ?? new ServedContender(releases[index]!.artefact, sha256, minorPerMajor);
      opened.set(index, model);
      return (state, _, atS) => model.read(state, atS);
    },
  };
}

/** Days of evidence that the shop's mean rate is worth in the past-rate baseline. */
const RATE_PRIOR_DAYS = 30;
/** Horizon at which the baselines' dispersion is fitted, days. */
const SHAPE_DAYS = 30;
/** A curve that does not bend within a year. */
const STRAIGHT = { scaleDays: 1e6, shape: 0 };

/**
 * Two baselines without a network, refitted at every instant on what has happened before it: each customer's own past rate, and Pareto/NBD
 * with Gamma-Gamma.
 */
export function baselines({ events }: ShopHistory, minorPerMajor: number): Contender[] {
  const histories = customerHistories(events);
  const fits = new BtydFits(histories);
  const firstS = events[0]!.timeS;
  const shapes = new Map<string, { readonly dispersion: number; readonly logSpendSigma: number }>();
  type Curve = (customer: KnownCustomer, asOfS: number) => OrderCurve;
  const pastRate: Curve = ({ recencyFrequency: { repeats, age } }, asOfS) => {
    const ratePerDay = (repeats + fits.before(asOfS).meanRate * RATE_PRIOR_DAYS) / (age + RATE_PRIOR_DAYS);
    return { ratePerDay, ...STRAIGHT };
  };
  const pareto: Curve = ({ recencyFrequency }, asOfS) =>
    conditionalCurve(fits.before(asOfS).paretoNbd, recencyFrequency);
  const orderValueOf = ({ meanValue }: KnownCustomer, asOfS: number) => {
    const orders = meanValue?.orders ?? 0;
    return baseOrderValueMinor(fits.before(asOfS).orderValue, orders * (meanValue?.mean ?? 0), orders);
  };
  /** Dispersion and log-spend sigma, fitted on the last window before the instant. */
  const shapesOf = (name: string, curve: Curve, asOfS: number) => {
    const key = `${name} ${asOfS}`;
    const days = Math.min(SHAPE_DAYS, Math.floor((asOfS - firstS) / SECONDS_PER_DAY / 2));
    const earlierS = asOfS - days * SECONDS_PER_DAY;
    const found = shapes.get(key);
    if (found !== undefined || days < 1) return found ?? { dispersion: 1, logSpendSigma: 1 };
    const customers = knownCustomers(histories, earlierS);
    const outcomes = customers.map((customer) => outcomeOf(customer, days, minorPerMajor));
    const orders = customers.map((customer) => expectedOrders(curve(customer, earlierS), days));
    const dispersion = fitDispersion(orders, outcomes);
    const forecasts = customers.map((customer, i) => ({
      orders: orders[i]!,
      dispersion,
      spend: (orders[i]! * orderValueOf(customer, earlierS)) / minorPerMajor,
      logSpendSigma: 1,
    }));
    const shape = { dispersion, logSpendSigma: fitLogSpendSigma(forecasts, outcomes) };
    shapes.set(key, shape);
    return shape;
  };
  const contender = (
    name: string,
    curve: Curve,
    ownDispersion?: (customer: KnownCustomer, asOfS: number) => number,
  ): Contender => ({
    name,
    at: (timeS) => {
      const asOfS = timeS + 1;
      const shape = shapesOf(name, curve, asOfS);
      return (_, customer) => ({
        curve: curve(customer, asOfS),
        dispersion: ownDispersion?.(customer, asOfS) ?? shape.dispersion,
        orderValueMinor: orderValueOf(customer, asOfS),
        logSpendSigma: shape.logSpendSigma,
      });
    },
  });
  return [
    contender('own past rate', pastRate),
    contender('Pareto/NBD weekly', pareto, (customer, asOfS) => {
      const model = fits.before(asOfS).paretoNbd;
      const orders = expectedOrders(pareto(customer, asOfS), SHAPE_DAYS);
      return dispersionFor(orders, probabilityOfNone(model, customer.recencyFrequency, SHAPE_DAYS));
    }),
  ];
}
