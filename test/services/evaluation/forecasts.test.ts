import { outcomeOf } from '../../../src/domain/blend/customer-history';
import { type CustomerEvent, SECONDS_PER_DAY } from '../../../src/domain/event';
import { prepare } from '../../../src/services/evaluation/forecasts';
import { anEvent } from '../../support/events';

const START_S = 1_699_920_000;
const CUT_S = START_S + 60 * SECONDS_PER_DAY;

/** Twenty customers who order for 50.00 every fortnight; X is one order before the cut, Y one after it. */
function shop(xMinor: number, yMinor: number): CustomerEvent[] {
  const events = Array.from({ length: 8 }, (_, fortnight) =>
    Array.from({ length: 20 }, (__, customer) =>
      anEvent({
        customerId: `c${customer}`,
        eventId: `${customer}/${fortnight}`,
        timeS: START_S + (14 * fortnight + customer / 2) * SECONDS_PER_DAY,
        amountMinor: customer === 3 && fortnight === 1 ? xMinor : customer === 3 && fortnight === 6 ? yMinor : 5_000,
      }),
    ),
  );
  return events.flat().sort((a, b) => a.timeS - b.timeS);
}

function prepared(xMinor: number, yMinor: number) {
  const events = shop(xMinor, yMinor);
  const task = { set: 'test', events, train: events, cutS: CUT_S, horizonDays: 30, seeds: [1], minorPerMajor: 100 };
  const { customers, trainHistories, fits } = prepare(task);
  return {
    customers,
    trainHistories,
    fits: fits.before(CUT_S),
    outcomes: customers.map((one) => outcomeOf(one, 30, 100)),
  };
}

test('an outlying order counts as one at the cap in histories, baselines and what happened', () => {
  const atCap = prepared(500_000, 500_000);
  expect(prepared(1e9, 1e14)).toEqual(atCap);
  expect(prepared(1e14, 1e9)).toEqual(atCap);
  expect(Math.max(...atCap.outcomes.map(({ spend }) => spend))).toBeLessThan(6_000);
});
