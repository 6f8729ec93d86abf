/** The customers of a simulated shop. Days are event time; money is in minor units. */
export interface ShopPopulation {
  readonly name: string;
  /** Orders per day while active, over customers: gamma with this shape and mean. */
  readonly purchaseShape: number;
  readonly purchasesPerDay: number;
  /** Rate of leaving for good, per day, over customers: gamma with this shape and mean. For a given rate, lifetimes are exponential. */
  readonly dropoutShape: number;
  readonly dropoutsPerDay: number;
  /** Share that buys once and never returns. */
  readonly oneOffShare: number;
  /** Share that browses and never buys. */
  readonly windowShopperShare: number;
  /** A customer's mean order value: median over customers, and sigma of its logarithm between customers and within one. */
  readonly medianOrderMinor: number;
  readonly valueSigmaBetween: number;
  readonly valueSigmaWithin: number;
  /** Mean items in an order, at least 1. */
  readonly itemsPerOrder: number;
  /** Share of the wishes to buy that end in an order. A buyer's first wish always does. */
  readonly conversion: number;
  /** Mean duration of a wish, days. */
  readonly considerationDays: number;
  /** Mean visits during a wish, besides the one that opens it and the one that ends in an order. */
  readonly visitsPerWish: number;
  /** Visits without a wish, per order that the customer would place in the same time. */
  readonly idleVisitsPerOrder: number;
  /** Mean pages in a visit, at least 1; clicks per page with and without the wish to buy. */
  readonly pagesPerVisit: number;
  readonly clicksPerPageBuying: number;
  readonly clicksPerPageIdle: number;
  /** Shares of orders that are returned (in full or in part) and cancelled (in full), and the mean days until a refund. */
  readonly refundShare: number;
  readonly cancelShare: number;
  readonly refundDelayDays: number;
  /** Share of orders that are reviewed. Customers who will stay longer give more stars. */
  readonly reviewShare: number;
  /**
   * Share of `customers` that arrive in the first month. The others arrive evenly over the year, and the same number in each year after.
   */
  readonly openingShare: number;
  /** Relative traffic by weekday (UTC, Sunday first) and by hour. */
  readonly weekdayWeights: readonly number[];
  readonly hourWeights: readonly number[];
  /** Relative demand over the year, linear between the points. Empty: every day is alike. */
  readonly season: readonly SeasonPoint[];
  readonly promotions: readonly Promotion[];
  /** A customer's sensitivity to promotions: gamma with this shape and mean 1. */
  readonly sensitivityShape: number;
}

/** Demand on one day of every year; MM-DD, UTC. */
export interface SeasonPoint {
  readonly day: string;
  readonly weight: number;
}

/** A sale on the same days of every year, announced in advance. */
export interface Promotion {
  /** First day, MM-DD, UTC. */
  readonly from: string;
  readonly days: number;
  /** Increase of the wishes of a customer of sensitivity 1: at 1, twice as many. */
  readonly uplift: number;
  /** Discount on orders placed on these days, as a share of the price. */
  readonly discount: number;
}

const WEEKDAYS = [1.15, 0.95, 0.9, 0.95, 1, 1, 1.05];
const HOURS = [2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 11, 11, 12, 11, 11, 11, 11, 12, 14, 16, 17, 15, 10, 5];

/** The shop on which the shipped first weights are trained. */
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

/**
 * The shop of the demo. Its customers buy twice as often, leave twice as fast and pay more than those of the training shop. So the first
 * weights have something to learn.
 */
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

/** The training shop with a seasonal year: Christmas, a quiet start and summer, four sales. `evaluate --simulated` uses it. */
export const seasonalShop: ShopPopulation = {
  ...trainingShop,
  name: 'seasonal',
  // Stars would reveal the rate of leaving. The observers that serve as bounds here do not read them, so a model could beat its bound.
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
