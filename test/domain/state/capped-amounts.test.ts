import { cappedAmounts, typicalOrderBefore } from '../../../src/domain/state/capped-amounts';
import { anEvent } from '../../support/events';

const orders = [3_000, 5_000, 9_000, 0].map((amountMinor, day) => anEvent({ timeS: day, amountMinor }));

test('the typical order is the median of the orders with a value before the instant', () => {
  expect(typicalOrderBefore(orders, 10)).toBe(5_000);
  expect(typicalOrderBefore(orders, 1)).toBe(3_000);
  expect(typicalOrderBefore(orders, 0)).toBeNull();
  expect(typicalOrderBefore([anEvent({ kind: 'refund' }), anEvent({ amountMinor: 0 })], 1e12)).toBeNull();
});

test('orders and returns above a hundred typical orders are the cap; all others are the same', () => {
  const kept = [...orders, anEvent({ amountMinor: 500_000 }), anEvent({ kind: 'click', amountMinor: 0 })];
  expect(cappedAmounts(kept, 5_000)).toBe(kept);
  const outliers = (['order', 'refund', 'cancel'] as const).map((kind) => anEvent({ kind, amountMinor: 1e14 }));
  const capped = cappedAmounts([...kept, ...outliers], 5_000);
  expect(capped.slice(0, kept.length)).toEqual(kept);
  expect(capped.slice(kept.length)).toEqual(outliers.map((event) => ({ ...event, amountMinor: 500_000 })));
  expect(cappedAmounts(outliers, null)).toBe(outliers);
});
