import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { isGateCustomer, nextOriginS, originPriority } from '../../../src/domain/labels/origins';
import { hashUnit } from '../../../src/domain/math/hash';

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
