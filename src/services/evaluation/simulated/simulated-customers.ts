import { type CustomerEvent, SECONDS_PER_DAY } from '../../../domain/event';
import { mulberry32 } from '../../../domain/math/random';
import type { ObservedOrder } from '../../../domain/simulation/observed-value';
import type { ShopPopulation } from '../../../domain/simulation/shop-population';
import type { ObservedVisit, SimulatedEvent } from '../../../domain/simulation/shopper-timeline';
import { simulateShop } from '../../../domain/simulation/simulated-shop';
import { stateAt, TrueFuture } from '../../../domain/simulation/true-future';
import type { TrueShopper, Wish } from '../../../domain/simulation/true-shopper';
import type { ObservedCustomer } from '../../../domain/simulation/visit-observer';

export interface SimulatedShopTask {
  readonly population: ShopPopulation;
  /** Number of customers in the first year. */
  readonly customers: number;
  readonly seed: number;
  /** Days from the shop's opening to the cut. */
  readonly historyDays: number;
  /** Midnight UTC. */
  readonly cutS: number;
  readonly horizonDays: number;
}

/** One customer's value in the horizon, minor units. */
export interface CustomerTruth {
  /** The oracle's expectation at the cut. */
  readonly expectedMinor: number;
  /** The oracle's expectation without season and promotions. The difference is the value of a calendar. */
  readonly withoutCalendarMinor: number;
  /** Value of the orders in the horizon, less their refunds and cancellations in the horizon. */
  readonly realisedMinor: number;
}

export interface SimulatedCustomers {
  /** The only input of the models: events before the cut. */
  readonly events: readonly CustomerEvent[];
  /** The same events as visits and orders, for all customers with an event before the cut. */
  readonly observed: ReadonlyMap<string, ObservedCustomer>;
  /** For all customers with an event before the cut. */
  readonly truths: ReadonlyMap<string, CustomerTruth>;
}

/** Simulates a shop's customers up to the cut, and separately their true future. The same task gives the same customers. */
export function simulateCustomers(task: SimulatedShopTask): SimulatedCustomers {
  const { customers, seed, cutS, historyDays, horizonDays } = task;
  // Stars carry information about churn that the Bayes observers ignore. With reviews, bayes would be no upper bound.
  const population = { ...task.population, reviewShare: 0 };
  const untilS = cutS + horizonDays * SECONDS_PER_DAY;
  const shoppers = new Map<string, TrueShopper>();
  const openWishes: Wish[] = [];
  const visits: ObservedVisit[] = [];
  const events: CustomerEvent[] = [];
  const later: SimulatedEvent[] = [];
  const shop = simulateShop(population, {
    customers,
    startS: cutS - historyDays * SECONDS_PER_DAY,
    random: mulberry32(seed),
    onShopper: (shopper) => shoppers.set(shopper.customerId, shopper),
    witness: {
      onWish: (wish) => {
        if (wish.openedS <= cutS && wish.closedS > cutS) openWishes.push(wish);
      },
      onVisit: (visit) => {
        if (visit.timeS < cutS) visits.push(visit);
      },
    },
  });
  for (const event of shop) {
    if (event.timeS >= untilS) break;
    if (event.timeS < cutS) events.push(event);
    else later.push(event);
  }
  const realised = realisedMinor(later);
  const future = new TrueFuture(population, cutS, untilS);
  const ordinary = new TrueFuture({ ...population, season: [], promotions: [] }, cutS, untilS);
  const wishesOf = new Map<string, Wish[]>();
  for (const wish of openWishes) wishesOf.set(wish.customerId, [...(wishesOf.get(wish.customerId) ?? []), wish]);
  const truths = new Map<string, CustomerTruth>();
  for (const { customerId } of events) {
    if (truths.has(customerId)) continue;
    const shopper = shoppers.get(customerId)!;
    const state = stateAt(shopper, wishesOf.get(customerId) ?? [], cutS);
    truths.set(customerId, {
      expectedMinor: future.of(shopper, state).spendMinor,
      withoutCalendarMinor: ordinary.of(shopper, state).spendMinor,
      realisedMinor: realised.get(customerId) ?? 0,
    });
  }
  return { events, observed: observedCustomers(events, visits), truths };
}

function observedCustomers(events: readonly CustomerEvent[], visits: ObservedVisit[]): Map<string, ObservedCustomer> {
  const observed = new Map<string, { visits: ObservedVisit[]; orders: ObservedOrder[] }>();
  for (const visit of visits.sort((a, b) => a.timeS - b.timeS)) {
    const known = observed.get(visit.customerId);
    if (known) known.visits.push(visit);
    else observed.set(visit.customerId, { visits: [visit], orders: [] });
  }
  for (const { kind, customerId, timeS, amountMinor } of events) {
    if (kind === 'order') observed.get(customerId)!.orders.push({ timeS, amountMinor });
  }
  return observed;
}

/** Realised value by customer. Refunds and cancellations count only if their order lies in the span too. */
function realisedMinor(events: readonly SimulatedEvent[]): Map<string, number> {
  const placed = new Set<string>();
  const totals = new Map<string, number>();
  const add = (customerId: string, minor: number) => totals.set(customerId, (totals.get(customerId) ?? 0) + minor);
  for (const { kind, customerId, orderId, amountMinor } of events) {
    if (orderId === undefined) continue;
    if (kind === 'order') {
      placed.add(orderId);
      add(customerId, amountMinor);
    } else if (placed.has(orderId)) add(customerId, -amountMinor);
  }
  return totals;
}

/** The events that a shop without page tracking has. */
export function withoutVisits(events: readonly CustomerEvent[]): CustomerEvent[] {
  return events.filter(({ kind }) => kind !== 'click' && kind !== 'browse');
}
