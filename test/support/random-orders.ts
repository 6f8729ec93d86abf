import { type CustomerEvent, SECONDS_PER_DAY } from '../../src/domain/event';
import { drawNormal } from '../../src/domain/math/random';
import { seeded } from './seeded';

export interface RandomShop {
  readonly seed: number;
  readonly customers: number;
  readonly startS: number;
  readonly days: number;
  /** Standard deviation of the logarithm of the customers' rates. 0: one rate for all. */
  readonly rateSpread: number;
}

const ORDERS_PER_DAY = 0.02;

/** Poisson orders with amounts that tell nothing. With a spread of 0 there is nothing to learn but one rate. In event-time order. */
export function randomShop({ seed, customers, startS, days, rateSpread }: RandomShop): CustomerEvent[] {
  const { next } = seeded(seed);
  const normal = () => drawNormal(next);
  const endS = startS + days * SECONDS_PER_DAY;
  const events: CustomerEvent[] = [];
  for (let c = 0; c < customers; c++) {
    const rate = ORDERS_PER_DAY * Math.exp(rateSpread * normal());
    let timeS = startS + next() * (days / 2) * SECONDS_PER_DAY;
    for (let n = 0; timeS < endS; n++) {
      const amountMinor = Math.round(4_000 * Math.exp(0.4 * normal()));
      const eventId = `${c}-${n}`;
      events.push({
        kind: 'order',
        customerId: `c${seed}-${c}`,
        eventId,
        timeS: Math.floor(timeS),
        amountMinor,
        items: 1,
        dwellS: 0,
        stars: 0,
      });
      timeS += (-Math.log(1 - next()) / rate) * SECONDS_PER_DAY;
    }
  }
  return events.sort((a, b) => a.timeS - b.timeS);
}

/** An event file of a {@link randomShop} with one rate for all, over a year. */
export function randomOrders(customers: number): string {
  const startS = Date.parse('2024-01-01T00:00:00Z') / 1000;
  const shop = randomShop({ seed: 1, customers, startS, days: 365, rateSpread: 0 });
  const rows = shop.map(({ customerId, timeS, eventId, amountMinor }) =>
    [customerId, new Date(timeS * 1000).toISOString(), 'order', eventId, (amountMinor / 100).toFixed(2)].join(),
  );
  return ['customer_id,ts,kind,order_id,amount', ...rows].join('\n');
}
