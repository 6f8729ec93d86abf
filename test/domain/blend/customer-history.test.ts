import { customerHistories, knownCustomers, mergeSameDay, outcomeOf } from '../../../src/domain/blend/customer-history';
import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { anEvent } from '../../support/events';

const DAY = SECONDS_PER_DAY;
const order = (customerId: string, day: number, amountMinor: number, seconds = 0) =>
  anEvent({ customerId, eventId: `${customerId}-${day}-${seconds}`, timeS: day * DAY + seconds, amountMinor });
const refund = (customerId: string, day: number, amountMinor: number) =>
  anEvent({ kind: 'refund', customerId, eventId: `r-${customerId}-${day}`, timeS: day * DAY, amountMinor });

describe('orders of one day', () => {
  test('become one, with their sum, at the time of the first; others stay', () => {
    const merged = mergeSameDay([
      order('a', 1, 100, 10),
      order('b', 1, 7, 11),
      order('a', 1, 50, 20),
      refund('a', 1, 30),
      order('a', 2, 5),
    ]);
    expect(merged.map(({ customerId, timeS, amountMinor }) => [customerId, timeS, amountMinor])).toEqual([
      ['a', DAY + 10, 150],
      ['b', DAY + 11, 7],
      ['a', DAY, 30],
      ['a', 2 * DAY, 5],
    ]);
  });
});

describe('histories up to a cut, and outcomes after it', () => {
  const histories = customerHistories([
    order('a', 0, 100),
    order('a', 4, 0),
    order('a', 10, 300),
    refund('a', 12, 250),
    order('b', 10, 80),
    refund('b', 11, 500),
    order('c', 12, 9),
  ]);

  test('counts and ages in days; a value of 0 counts as an order, not in the value', () => {
    const [a] = knownCustomers(histories, 10 * DAY);
    expect(a).toMatchObject({
      customerId: 'a',
      orders: 2,
      recencyFrequency: { repeats: 1, recency: 4, age: 10 },
      meanValue: { orders: 1, mean: 100 },
    });
    expect(knownCustomers(histories, 10 * DAY)).toHaveLength(1);
  });

  test('the outcome begins at the cut itself, ends before the horizon, is net of refunds and never below 0', () => {
    const [a] = knownCustomers(histories, 10 * DAY);
    expect(outcomeOf(a!, 2, 100)).toEqual({ orders: 1, spend: 3 });
    expect(outcomeOf(a!, 3, 100)).toEqual({ orders: 1, spend: 0.5 });
    const b = knownCustomers(histories, 11 * DAY).find(({ customerId }) => customerId === 'b')!;
    expect(outcomeOf(b, 5, 100)).toEqual({ orders: 0, spend: 0 });
  });
});
