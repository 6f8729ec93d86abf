import type { CustomerEvent } from '../../../src/domain/event';
import { CLEANINGS } from '../../../src/domain/state/cleaning';
import { CleaningTally } from '../../../src/domain/state/cleaning-tally';
import { anEvent } from '../../support/events';

const T0 = 1_700_000_000;
const HOUR_S = 3_600;

function counted(events: readonly Partial<CustomerEvent>[]) {
  const tally = new CleaningTally();
  for (const event of events) tally.add(anEvent(event));
  return Object.fromEntries(Object.entries(tally.totals()).filter(([, count]) => count > 0));
}

describe('what is cleaned in a history', () => {
  test('names every kind of cleaning, also if nothing was', () => {
    expect(Object.keys(new CleaningTally().totals()).sort()).toEqual([...CLEANINGS].sort());
    expect(counted([{}, { kind: 'click' }, { kind: 'browse' }])).toEqual({});
  });

  test('counts missing values and outliers', () => {
    expect(
      counted([
        {},
        {},
        { amountMinor: 0 },
        { items: 0 },
        { items: 10_001 },
        { amountMinor: 420_001 },
        { kind: 'refund', amountMinor: 999_999 },
        { kind: 'cancel', timeS: T0 + 1 },
        { kind: 'browse', dwellS: 0 },
        { kind: 'browse', dwellS: 3_601 },
      ]),
    ).toEqual({
      'missing-amount': 1,
      'missing-items': 1,
      'outlying-items': 1,
      'outlying-amount': 2,
      'cancelled-order': 1,
      'missing-dwell': 1,
      'outlying-dwell': 1,
    });
  });

  test('pairs a refund with one order of its customer and amount, at most a day before', () => {
    const refund = { kind: 'refund' as const, amountMinor: 4_200 };
    const hours = (since: number) => T0 + since * HOUR_S;
    expect(counted([{ timeS: T0 }, { ...refund, timeS: hours(24) }])).toEqual({ 'voided-order': 1 });
    expect(counted([{ timeS: T0 }, { ...refund, timeS: hours(24) + 1 }])).toEqual({});
    expect(counted([{ timeS: T0 }, { ...refund, timeS: hours(1) }, { ...refund, timeS: hours(2) }])).toEqual({
      'voided-order': 1,
    });
    expect(counted([{ timeS: T0 }, { ...refund, timeS: hours(1), customerId: 'c2' }])).toEqual({});
    // The order lies in the day before the current one, and in memory still.
    expect(
      counted([
        { timeS: T0, customerId: 'c2' },
        { timeS: hours(20) },
        { timeS: hours(30), customerId: 'c2' },
        { ...refund, timeS: hours(43) },
      ]),
    ).toEqual({ 'voided-order': 1 });
  });
});
