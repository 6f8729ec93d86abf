import { SECONDS_PER_DAY } from '../../../src/domain/event';
import {
  addToTally,
  emptyTally,
  isGateCustomer,
  labelOf,
  nextOriginS,
  originPriority,
} from '../../../src/domain/labels/origins';
import { hashUnit } from '../../../src/domain/math/hash';
import { anEvent } from '../../support/events';

const customers = Array.from({ length: 4000 }, (_, i) => `customer-${i}`);
const FROM_S = 1_700_000_000;

test('a customer has one origin per period, and the schedule is the same from any starting point', () => {
  for (const customerId of customers.slice(0, 50)) {
    const instants: number[] = [];
    for (let atS = FROM_S; instants.length < 40; atS = instants.at(-1)! + 1)
      instants.push(nextOriginS(customerId, atS, 7));
    const periods = instants.map((atS) => Math.floor(atS / (7 * SECONDS_PER_DAY)));
    expect(new Set(periods).size).toBe(40);
    expect(periods.at(-1)! - periods[0]!).toBe(39);
    const middleS = instants[20]!;
    expect(nextOriginS(customerId, middleS, 7)).toBe(middleS);
    expect(nextOriginS(customerId, middleS + 1, 7)).toBe(instants[21]);
  }
});

test('hashes are even: the gate has its share, instants and priorities fill their ranges', () => {
  const gate = customers.filter((customerId) => isGateCustomer(customerId, 0.25)).length;
  expect(gate / customers.length).toBeGreaterThan(0.22);
  expect(gate / customers.length).toBeLessThan(0.28);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(customers.map((customerId) => hashUnit(customerId, 3)))).toBeCloseTo(0.5, 1);
  expect(mean(customers.map((customerId) => originPriority({ customerId, atS: FROM_S })))).toBeCloseTo(0.5, 1);
  const week = 7 * SECONDS_PER_DAY;
  const mondayS = Math.ceil(FROM_S / week) * week;
  const places = customers.map((customerId) => (nextOriginS(customerId, mondayS, 7) - mondayS) / week);
  expect(mean(places)).toBeCloseTo(0.5, 1);
});

test('with a cap, an outlying order counts as one at the cap, whatever its size; without one all money counts', () => {
  const label = (amountMinor: number, mostMinor?: number) => {
    const origin = { atS: FROM_S, tally: emptyTally() };
    for (const [days, minor] of [
      [2, 5_000],
      [10, amountMinor],
      [40, 5_000],
    ] as const)
      addToTally(origin, anEvent({ timeS: FROM_S + days * SECONDS_PER_DAY, amountMinor: minor }), FROM_S);
    return labelOf(origin, FROM_S + 400 * SECONDS_PER_DAY, mostMinor);
  };
  expect(label(1e14, 500_000)).toEqual(label(500_000));
  expect(label(1e9, 500_000)).toEqual(label(500_000));
  expect(label(1e14)).toMatchObject({ valuedOrders: 3, orderedMinor: 1e14 + 10_000, spendMinor: 1e14 + 10_000 });
  expect(label(0, 500_000)).toMatchObject({ valuedOrders: 2, orderedMinor: 10_000 });
});
