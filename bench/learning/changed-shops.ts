import { type CustomerEvent, SECONDS_PER_DAY } from '../../src/domain/event';
import { hashUnit } from '../../src/domain/math/hash';
import { mulberry32 } from '../../src/domain/math/random';
import { demoShop, type ShopPopulation, trainingShop } from '../../src/domain/simulation/shop-population';
import type { SimulatedEvent } from '../../src/domain/simulation/shopper-timeline';
import { simulateShop } from '../../src/domain/simulation/simulated-shop';
import type { TrueShopper } from '../../src/domain/simulation/true-shopper';

/**
 * Simulated shops whose customers behave otherwise from a day on. Before it they are those of the training shop, on which the first weights
 * are right.
 * - demand: each order happens with chance 0.4, clicks and browses as before.
 * - demand-gradual: the same, but the chance falls over 60 days.
 * - value: every order costs twice as much.
 * - mix: customers who arrive are those of another shop.
 */
export type Change = 'demand' | 'demand-gradual' | 'value' | 'mix';

/** Monday, 6 January 2025, midnight UTC. */
export const OPENS_S = Date.UTC(2025, 0, 6) / 1000;
/** Day of the change. */
export const CHANGE_DAYS = 182;
const LENGTH_DAYS = 380;
const SEED = 4_711;
const KEPT_ORDERS = 0.4;
const GRADUAL_DAYS = 60;
const VALUE_FACTOR = 2;
const THINNING_SALT = 0x7a1e;
const CHANGE_S = OPENS_S + CHANGE_DAYS * SECONDS_PER_DAY;

export function changedShop(change: Change, customers: number): CustomerEvent[] {
  if (change === 'mix') return mixed(customers);
  const events = simulated(trainingShop, customers, OPENS_S, 'customer-');
  if (change === 'value') return dearer(events);
  const dropped = new Set<string>();
  return events.filter(({ kind, orderId, timeS }) => {
    if (kind === 'order' && hashUnit(orderId!, THINNING_SALT) >= chanceAt(change, timeS)) dropped.add(orderId!);
    return orderId === undefined || !dropped.has(orderId);
  });
}

function chanceAt(change: 'demand' | 'demand-gradual', timeS: number): number {
  const days = (timeS - CHANGE_S) / SECONDS_PER_DAY;
  if (days < 0) return 1;
  const done = change === 'demand' ? 1 : Math.min(1, days / GRADUAL_DAYS);
  return 1 - done * (1 - KEPT_ORDERS);
}

/** Days of the stream after which the year is asked for. */
export const YEAR_ASKED_DAYS = 91;
const YEAR_LENGTH_DAYS = YEAR_ASKED_DAYS + 367;

/** A shop whose customers are not those of the first weights, and which stays as it is: what is said after 13 weeks of the next year? */
export function youngShop(seed: number, customers: number): CustomerEvent[] {
  return simulated(demoShop, customers, OPENS_S, 'customer-', { seed, lengthDays: YEAR_LENGTH_DAYS });
}

/** Orders from the change on, and what is given back of them. */
function dearer(events: readonly SimulatedEvent[]): SimulatedEvent[] {
  const doubled = new Set<string>();
  return events.map((event) => {
    const { kind, orderId, timeS, amountMinor } = event;
    if (kind === 'order' && timeS >= CHANGE_S) doubled.add(orderId!);
    return orderId !== undefined && doubled.has(orderId)
      ? { ...event, amountMinor: amountMinor * VALUE_FACTOR }
      : event;
  });
}

/** Nobody new comes from the training shop after the change; new customers come from the demo shop. */
function mixed(customers: number): CustomerEvent[] {
  const arrivals = new Map<string, number>();
  const onShopper = (shopper: TrueShopper) => void arrivals.set(shopper.customerId, shopper.arrivalS);
  const before = simulated(trainingShop, customers, OPENS_S, 'customer-', { onShopper }).filter(
    ({ customerId }) => arrivals.get(customerId)! < CHANGE_S,
  );
  const after = simulated(demoShop, customers, CHANGE_S, 'new-');
  return [...before, ...after].sort((a, b) => a.timeS - b.timeS);
}

function simulated(
  population: ShopPopulation,
  customers: number,
  startS: number,
  idPrefix: string,
  {
    onShopper = () => undefined,
    seed = SEED,
    lengthDays = LENGTH_DAYS,
  }: { onShopper?: (shopper: TrueShopper) => void; seed?: number; lengthDays?: number } = {},
): SimulatedEvent[] {
  const events: SimulatedEvent[] = [];
  for (const event of simulateShop(population, { customers, startS, random: mulberry32(seed), idPrefix, onShopper })) {
    if (event.timeS >= OPENS_S + lengthDays * SECONDS_PER_DAY) return events;
    events.push(event);
  }
  return events;
}
