/** What kind of customers a simulated shop has. Days are event time; money is minor units. */
export interface ShopPopulation {
  readonly name: string;
  /** Orders per day while alive, over customers: gamma with this shape and mean. */
  readonly purchaseShape: number;
  readonly purchasesPerDay: number;
  /** Rate of leaving for good, per day, over customers: gamma with this shape and mean (lifetimes are exponential given it). */
  readonly dropoutShape: number;
  readonly dropoutsPerDay: number;
  /** Share that buys once and never returns. */
  readonly oneOffShare: number;
  /** Share that looks around and never buys. */
  readonly windowShopperShare: number;
  /** A customer's mean order value: median over customers, and sigma of its logarithm between customers and within one. */
  readonly medianOrderMinor: number;
  readonly valueSigmaBetween: number;
  readonly valueSigmaWithin: number;
  /** Mean articles in an order, at least 1. */
  readonly itemsPerOrder: number;
  /** Visits in the run-up to an order, besides the one that ends in it, and how long before, mean days. */
  readonly leadVisitsPerOrder: number;
  readonly considerationDays: number;
  /** Visits that lead nowhere, per order that the customer would make in the same time. */
  readonly idleVisitsPerOrder: number;
  /** Mean pages in a visit, at least 1; clicks per page with and without the wish to buy. */
  readonly pagesPerVisit: number;
  readonly clicksPerPageBuying: number;
  readonly clicksPerPageIdle: number;
  /** Shares of orders given back (in full or in part) and cancelled (in full), and the mean days until a refund. */
  readonly refundShare: number;
  readonly cancelShare: number;
  readonly refundDelayDays: number;
  /** Part of the customers who come within the first month; the rest come evenly, as many a year as are left, without end. */
  readonly openingShare: number;
  /** Relative traffic by weekday (UTC, Sunday first) and by hour. */
  readonly weekdayWeights: readonly number[];
  readonly hourWeights: readonly number[];
}

const WEEKDAYS = [1.15, 0.95, 0.9, 0.95, 1, 1, 1.05];
const HOURS = [2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 11, 11, 12, 11, 11, 11, 11, 12, 14, 16, 17, 15, 10, 5];

/** The shop that the shipped first weights are trained on. */
export const trainingShop: ShopPopulation = {
  name: 'training',
  purchaseShape: 1.1,
  purchasesPerDay: 1 / 30,
  dropoutShape: 1.5,
  dropoutsPerDay: 1 / 240,
  oneOffShare: 0.25,
  windowShopperShare: 0.08,
  medianOrderMinor: 4_000,
  valueSigmaBetween: 0.5,
  valueSigmaWithin: 0.4,
  itemsPerOrder: 2.5,
  leadVisitsPerOrder: 0.7,
  considerationDays: 2,
  idleVisitsPerOrder: 0.7,
  pagesPerVisit: 3,
  clicksPerPageBuying: 0.5,
  clicksPerPageIdle: 0.2,
  refundShare: 0.04,
  cancelShare: 0.015,
  refundDelayDays: 6,
  openingShare: 0.4,
  weekdayWeights: WEEKDAYS,
  hourWeights: HOURS,
};

/** The shop of the demo: bought from twice as often, left twice as fast, dearer; so that the first weights have something to learn. */
export const demoShop: ShopPopulation = {
  ...trainingShop,
  name: 'demo',
  purchaseShape: 1.4,
  purchasesPerDay: 1 / 15,
  dropoutShape: 1.2,
  dropoutsPerDay: 1 / 110,
  oneOffShare: 0.18,
  medianOrderMinor: 6_500,
  valueSigmaBetween: 0.6,
  valueSigmaWithin: 0.35,
  itemsPerOrder: 3.2,
  refundShare: 0.06,
  weekdayWeights: [0.8, 1, 1, 1.05, 1.1, 1.15, 0.9],
};
