import * as bgNbd from '../btyd/bg-nbd';
import { fitGammaGamma, orderValuePrior } from '../btyd/gamma-gamma';
import type { OrderValuePrior } from '../btyd/order-value-prior';
import * as paretoNbd from '../btyd/pareto-nbd';
import { dispersionFor } from '../distribution/count-distribution';
import { expectedOrders } from '../distribution/order-curve';
import { SECONDS_PER_DAY } from '../event';
import type { CustomerForecast } from '../metrics/forecast';
import { baseOrderValueMinor } from '../scoring/model';
import { type CustomerHistory, type KnownCustomer, knownCustomers, outcomeOf } from './customer-history';
import { fitDispersion, fitLogSpendSigma, least } from './shape-fit';

export const BTYD_BASELINES = ['pareto_nbd', 'bg_nbd', 'past_rate'] as const;
export type BtydBaseline = (typeof BTYD_BASELINES)[number];

/** A fitted model: it forecasts the days after the customers' forecast origin. */
export type Forecaster = (customers: readonly KnownCustomer[], days: number) => CustomerForecast[];

/** When and on what the baselines are fitted. */
export interface BaselineTask {
  /** Nothing at or after this instant is read, seconds. */
  readonly asOfS: number;
  /** Length of the label window that ends at `asOfS`, days: the horizon, or less if the history is short. */
  readonly windowDays: number;
  readonly minorPerMajor: number;
  readonly seed: number;
}

/** Candidate weights of the mean rate in the past-rate baseline, in days of evidence. */
const PRIOR_DAYS = [3, 10, 30, 100, 300, 1_000];
const LEVEL_PRIOR_DAYS = 30;

/** The BTYD models fitted on the history before an instant. */
export interface BtydFit {
  readonly paretoNbd: paretoNbd.ParetoNbd; // days
  readonly bgNbd: bgNbd.BgNbd; // days
  readonly orderValue: OrderValuePrior;
  /** Repeat orders per day, over all customers. */
  readonly meanRate: number;
}

/** Caches the fits of one history by instant. */
export class BtydFits {
  private readonly fits = new Map<number, BtydFit>();

  constructor(private readonly histories: readonly CustomerHistory[]) {}

  before(asOfS: number): BtydFit {
    const cached = this.fits.get(asOfS);
    if (cached) return cached;
    const customers = knownCustomers(this.histories, asOfS).filter(({ orders }) => orders > 0);
    const summaries = customers.map(({ recencyFrequency }) => recencyFrequency);
    const values = customers.flatMap(({ meanValue }) => (meanValue === null ? [] : [meanValue]));
    const total = (of: (rf: (typeof summaries)[number]) => number) => summaries.reduce((sum, rf) => sum + of(rf), 0);
    const fit = {
      paretoNbd: paretoNbd.fitParetoNbd(summaries),
      bgNbd: bgNbd.fitBgNbd(summaries),
      orderValue: values.length === 0 ? { meanMinor: 1, weight: 1 } : orderValuePrior(fitGammaGamma(values)),
      meanRate: Math.max(
        total(({ repeats }) => repeats) /
          Math.max(
            total(({ age }) => age),
            1,
          ),
        1e-9,
      ),
    };
    this.fits.set(asOfS, fit);
    return fit;
  }
}

interface Constants {
  readonly priorDays: number;
  readonly dispersion: number;
  readonly logSpendSigma: Readonly<Record<BtydBaseline, number>>;
}

/**
 * Three baselines, fitted on the history before `task.asOfS`: Pareto/NBD × Gamma-Gamma, BG/NBD × Gamma-Gamma, and each customer's own
 * past rate. What these models leave open is chosen on the label window before it: the past rate's shrinkage and dispersion, and
 * log-spend sigma. P(0) of the BTYD counts is exact. The rest of their distribution is the NB2 count with the same mean and P(0).
 */
export function btydBaselines(
  histories: readonly CustomerHistory[],
  fits: BtydFits,
  task: BaselineTask,
): Readonly<Record<BtydBaseline, Forecaster>> {
  const constants = openConstants(histories, fits, task);
  const fit = fits.before(task.asOfS);
  const of = (name: BtydBaseline): Forecaster => forecaster(name, fit, constants, task.minorPerMajor);
  return { pareto_nbd: of('pareto_nbd'), bg_nbd: of('bg_nbd'), past_rate: of('past_rate') };
}

function openConstants(histories: readonly CustomerHistory[], fits: BtydFits, task: BaselineTask): Constants {
  const { asOfS, windowDays, minorPerMajor } = task;
  const earlierS = asOfS - windowDays * SECONDS_PER_DAY;
  const customers = knownCustomers(histories, earlierS);
  const outcomes = customers.map((customer) => outcomeOf(customer, windowDays, minorPerMajor));
  const fit = fits.before(earlierS);
  const rates = (priorDays: number) => customers.map((customer) => pastRate(customer, fit, priorDays) * windowDays);
  const priorDays = least(PRIOR_DAYS, (prior) =>
    rates(prior).reduce((sum, mean, i) => sum + mean - outcomes[i]!.orders * Math.log(mean), 0),
  );
  const dispersion = fitDispersion(rates(priorDays), outcomes);
  const unfitted = { priorDays, dispersion, logSpendSigma: { pareto_nbd: 1, bg_nbd: 1, past_rate: 1 } };
  const sigmaOf = (name: BtydBaseline) =>
    fitLogSpendSigma(forecaster(name, fit, unfitted, minorPerMajor)(customers, windowDays), outcomes);
  return {
    priorDays,
    dispersion,
    logSpendSigma: { pareto_nbd: sigmaOf('pareto_nbd'), bg_nbd: sigmaOf('bg_nbd'), past_rate: sigmaOf('past_rate') },
  };
}

function forecaster(name: BtydBaseline, fit: BtydFit, constants: Constants, minorPerMajor: number): Forecaster {
  return (customers, days) =>
    customers.map((customer) => {
      const orders = expectedCounts(name, customer, fit, days, constants.priorDays);
      const dispersion =
        name === 'past_rate'
          ? constants.dispersion
          : dispersionFor(orders, probabilityOfNone(name, customer, fit, days));
      const { meanValue } = customer;
      const valued = meanValue?.orders ?? 0;
      const value = baseOrderValueMinor(fit.orderValue, valued * (meanValue?.mean ?? 0), valued);
      return {
        orders,
        dispersion,
        spend: (orders * value) / minorPerMajor,
        logSpendSigma: constants.logSpendSigma[name],
      };
    });
}

/** The mean only. The past rate has a fixed shrinkage here, because the total hardly depends on it. */
export function expectedCounts(
  name: BtydBaseline,
  customer: KnownCustomer,
  fit: BtydFit,
  days: number,
  priorDays: number = LEVEL_PRIOR_DAYS,
): number {
  const { recencyFrequency: rf } = customer;
  if (name === 'past_rate') return pastRate(customer, fit, priorDays) * days;
  if (name === 'pareto_nbd') return expectedOrders(paretoNbd.conditionalCurve(fit.paretoNbd, rf), days);
  return bgNbd.conditionalOrders(fit.bgNbd, rf, days);
}

/** Exact. The dispersion of the count is derived from it. */
function probabilityOfNone(
  name: Exclude<BtydBaseline, 'past_rate'>,
  { recencyFrequency: rf }: KnownCustomer,
  fit: BtydFit,
  days: number,
): number {
  if (name === 'pareto_nbd') return paretoNbd.probabilityOfNone(fit.paretoNbd, rf, days);
  return bgNbd.probabilityOfNone(fit.bgNbd, rf, days);
}

/** Orders per day: repeats over age, shrunk to the mean rate. */
function pastRate({ recencyFrequency }: KnownCustomer, fit: BtydFit, priorDays: number): number {
  return (recencyFrequency.repeats + fit.meanRate * priorDays) / (recencyFrequency.age + priorDays);
}
