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
  /** Mean items in an order, at least 1. */
  readonly itemsPerOrder: number;
  /** Share of the wishes to buy that end in an order; the first one of a buyer always does. */
  readonly conversion: number;
  /** How long a wish lasts, mean days. */
  readonly considerationDays: number;
  /** Visits while a wish lasts, mean, besides the one that opens it and the one that ends in an order. */
  readonly visitsPerWish: number;
  /** Visits without a wish, per order that the customer would make in the same time. */
  readonly idleVisitsPerOrder: number;
  /** Mean pages in a visit, at least 1; clicks per page with and without the wish to buy. */
  readonly pagesPerVisit: number;
  readonly clicksPerPageBuying: number;
  readonly clicksPerPageIdle: number;
  /** Shares of orders given back (in full or in part) and cancelled (in full), and the mean days until a refund. */
  readonly refundShare: number;
  readonly cancelShare: number;
  readonly refundDelayDays: number;
  /** Share of orders that are reviewed, with more stars the longer the customer is to stay. */
  readonly reviewShare: number;
  /** Part of the customers who come within the first month; the rest come evenly, as many a year as are left, without end. */
  readonly openingShare: number;
  /** Relative traffic by weekday (UTC, Sunday first) and by hour. */
  readonly weekdayWeights: readonly number[];
  readonly hourWeights: readonly number[];
  /** Relative demand over the year, linear between the points; none: every day alike. */
  readonly season: readonly SeasonPoint[];
  readonly promotions: readonly Promotion[];
  /** How much a customer minds promotions: gamma with this shape and mean 1. */
  readonly sensitivityShape: number;
}

/** Demand on a day of every year; MM-DD, UTC. */
export interface SeasonPoint {
  readonly day: string;
  readonly weight: number;
}

/** A sale on the same days of every year, known in advance. */
export interface Promotion {
  /** First day, MM-DD, UTC. */
  readonly from: string;
  readonly days: number;
  /** How much more often a customer of sensitivity 1 wishes to buy: 1 is twice as often. */
  readonly uplift: number;
  /** Part of the price that is taken off orders placed on these days. */
  readonly discount: number;
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
  conversion: 0.6,
  considerationDays: 2,
  visitsPerWish: 0.3,
  idleVisitsPerOrder: 0.5,
  pagesPerVisit: 2,
  clicksPerPageBuying: 0.5,
  clicksPerPageIdle: 0.2,
  refundShare: 0.04,
  cancelShare: 0.015,
  refundDelayDays: 6,
  reviewShare: 0.1,
  openingShare: 0.4,
  weekdayWeights: WEEKDAYS,
  hourWeights: HOURS,
  season: [],
  promotions: [],
  sensitivityShape: 1.5,
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

/** The training shop with a year: Christmas, a quiet start and summer, four sales. The one that `evaluate --simulated` judges by. */
export const seasonalShop: ShopPopulation = {
  ...trainingShop,
  name: 'seasonal',
  // Stars tell of the rate of leaving, which the observers that bound the models there do not read.
  reviewShare: 0,
  season: [
    { day: '01-08', weight: 0.7 },
    { day: '03-15', weight: 0.95 },
    { day: '05-10', weight: 1.05 },
    { day: '08-01', weight: 0.75 },
    { day: '10-01', weight: 0.95 },
    { day: '11-10', weight: 1.15 },
    { day: '12-14', weight: 2.2 },
    { day: '12-24', weight: 0.9 },
  ],
  promotions: [
    { from: '01-08', days: 7, uplift: 0.8, discount: 0.15 },
    { from: '04-05', days: 4, uplift: 0.8, discount: 0.1 },
    { from: '07-01', days: 10, uplift: 0.8, discount: 0.15 },
    { from: '11-24', days: 5, uplift: 1.5, discount: 0.2 },
  ],
};

export const SHOPS = { demo: demoShop, training: trainingShop, seasonal: seasonalShop } as const;
export type ShopName = keyof typeof SHOPS;
