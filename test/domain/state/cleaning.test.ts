import type { CustomerEvent } from '../../../src/domain/event';
import {
  CLEANINGS,
  type Cleaning,
  cleanAmount,
  cleanDwellS,
  cleanItems,
  cleaningsOf,
  voids,
} from '../../../src/domain/state/cleaning';
import { anEvent } from '../../support/events';

const TYPICAL = 2_500;

const CASES: readonly (readonly [Partial<CustomerEvent>, readonly Cleaning[]])[] = [
  [{}, []],
  [{ kind: 'refund' }, []],
  [{ kind: 'cancel' }, ['cancelled-order']],
  [{ amountMinor: 0 }, ['missing-amount']],
  [{ kind: 'refund', amountMinor: 0 }, []],
  [{ amountMinor: 1 }, []],
  [{ items: 0 }, ['missing-items']],
  [{ kind: 'refund', items: 0 }, []],
  [{ items: 1 }, []],
  [{ items: 10_000 }, []],
  [{ items: 10_001 }, ['outlying-items']],
  [{ kind: 'refund', items: 10_001 }, []],
  [{ amountMinor: 100 * TYPICAL }, []],
  [{ amountMinor: 100 * TYPICAL + 1 }, ['outlying-amount']],
  [{ kind: 'refund', amountMinor: 100 * TYPICAL + 1 }, ['outlying-amount']],
  [{ kind: 'cancel', amountMinor: 100 * TYPICAL + 1 }, ['cancelled-order', 'outlying-amount']],
  [{ kind: 'browse', dwellS: 0 }, ['missing-dwell']],
  [{ kind: 'browse', dwellS: 1 }, []],
  [{ kind: 'browse', dwellS: 3_600 }, []],
  [{ kind: 'browse', dwellS: 3_601 }, ['outlying-dwell']],
  [{ kind: 'click' }, []],
  [{ kind: 'click', dwellS: 3_601 }, []],
  [{ kind: 'review', stars: 0 }, ['missing-stars']],
  [{ kind: 'review', stars: 1 }, []],
  [{ kind: 'profile', attributes: { ageBand: '18-24', region: 'north', channel: 'app' } }, []],
  [{ kind: 'profile', attributes: { ageBand: '18-24', region: null, channel: 'app' } }, ['missing-attribute']],
  [{ kind: 'profile', attributes: { ageBand: null, region: null, channel: null } }, ['missing-attribute']],
  [{ kind: 'profile' }, []],
];

describe('what is cleaned in one event', () => {
  test.each(CASES)('%j: %j', (change, expected) => {
    expect(cleaningsOf(anEvent(change), TYPICAL)).toEqual(expected);
  });

  test('has a name in the list, once', () => {
    const found = new Set(CASES.flatMap(([, cleanings]) => cleanings));
    expect([...found, 'voided-order'].sort()).toEqual([...CLEANINGS].sort());
  });

  test('amounts, items and dwell end at their bounds', () => {
    expect([0, 1, 99, 100, 101].map((orders) => cleanAmount(orders * TYPICAL, TYPICAL))).toEqual([0, 1, 99, 100, 100]);
    expect([0, 9_999, 10_000, 10_001].map(cleanItems)).toEqual([0, 9_999, 10_000, 10_000]);
    expect([0, 3_599, 3_600, 3_601].map(cleanDwellS)).toEqual([0, 3_599, 3_600, 3_600]);
  });

  test('a return takes an order back: whole, not before it, refunded within a day or cancelled at any time', () => {
    const order = { timeS: 1_000, amountMinor: 500 };
    const back = (cancels: boolean, timeS: number, amountMinor = 500) => voids({ cancels, timeS, amountMinor }, order);
    expect([999, 1_000, 87_400, 87_401].map((timeS) => back(false, timeS))).toEqual([false, true, true, false]);
    expect([999, 1_000, 87_401, 9_000_000].map((timeS) => back(true, timeS))).toEqual([false, true, true, true]);
    expect([499, 501].map((amountMinor) => back(true, 1_000, amountMinor))).toEqual([false, false]);
    expect(voids({ cancels: true, timeS: 1, amountMinor: 0 }, { timeS: 0, amountMinor: 0 })).toBe(false);
  });
});
