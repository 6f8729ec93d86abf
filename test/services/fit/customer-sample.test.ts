import { ofSomeCustomers } from '../../../src/services/fit/customer-sample';
import { anEvent } from '../../support/events';

const events = Array.from({ length: 3_000 }, (_, i) => anEvent({ customerId: `c${i % 1_000}`, timeS: i }));
const idsOf = (sample: typeof events | readonly ReturnType<typeof anEvent>[]) =>
  new Set(sample.map(({ customerId }) => customerId));

describe('a sample of customers', () => {
  test('has so many, each with all of their events in their order; a larger one holds a smaller one', () => {
    const [small, large] = [ofSomeCustomers(events, 100), ofSomeCustomers(events, 300)];
    expect([idsOf(small).size, idsOf(large).size]).toEqual([100, 300]);
    expect(small).toHaveLength(300);
    expect(small.every(({ timeS }, i) => i === 0 || timeS > small[i - 1]!.timeS)).toBe(true);
    for (const id of idsOf(small)) expect(idsOf(large).has(id)).toBe(true);
  });

  test('is the whole set if there are no more; does not depend on the order of the customers', () => {
    expect(ofSomeCustomers(events, 1_000)).toBe(events);
    expect(idsOf(ofSomeCustomers([...events].reverse(), 100))).toEqual(idsOf(ofSomeCustomers(events, 100)));
  });
});
