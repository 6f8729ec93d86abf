import { SECONDS_PER_DAY } from '../../../../src/domain/event';
import { mulberry32 } from '../../../../src/domain/math/random';
import { rollingSplits, splitExamples } from '../../../../src/services/fit/search/splits';
import { anEvent, randomPast } from '../../../support/events';
import { randomModel } from '../../../support/models';
import { testSeed } from '../../../support/seeded';

const DAY = SECONDS_PER_DAY;
const { settings } = randomModel(1);

describe('rolling origins', () => {
  test('equal windows up to the end, the first split with as much behind it as before it', () => {
    const splits = rollingSplits(0, 134 * DAY, 3);
    expect(splits).toEqual([44, 74, 104].map((day) => ({ cutS: day * DAY, windowDays: 30 })));
    expect(rollingSplits(0, 2_000 * DAY, 2)[0]!.windowDays).toBe(90);
  });

  test('a history that is too short is refused with the length it needs', () => {
    expect(() => rollingSplits(0, 27 * DAY, 3)).toThrow(
      'a search with 3 splits needs 28 days of history, and there are 27',
    );
  });
});

describe('the examples of a split', () => {
  const split = { cutS: 100 * DAY, windowDays: 30 };
  const at = (day: number, minor: number, kind: 'order' | 'refund' | 'browse' = 'order', customerId = 'ann') =>
    anEvent({ customerId, kind, timeS: day * DAY, amountMinor: minor, eventId: `${customerId}${day}${kind}` });

  test('are all customers with an event before the cut, labelled by the window after it', () => {
    const events = [
      at(10, 1_000),
      at(20, 500, 'order', 'bob'),
      at(100, 2_000), // the first instant of the window
      at(105, 0, 'browse'),
      at(110, 700, 'refund'),
      at(129.9, 300),
      at(130, 9_000), // the first instant after it
      at(101, 100, 'order', 'new'),
    ].sort((a, b) => a.timeS - b.timeS);
    const [ann, bob, ...others] = splitExamples(events, split, settings);
    expect(others).toEqual([]);
    const total = (orders: ArrayLike<number>) => Array.from(orders).reduce((sum, n) => sum + n, 0);
    expect(ann!.label).toMatchObject({ closedIntervals: 5, orderedMinor: 2_300, valuedOrders: 2, spendMinor: 1_600 });
    expect(total(ann!.label.orders)).toBe(2);
    expect(ann!.label.orders[0]).toBe(1);
    expect(bob!.label).toMatchObject({ closedIntervals: 5, orderedMinor: 0, spendMinor: 0 });
    // One event and the clock.
    expect([ann!.steps, bob!.steps]).toEqual([2, 2]);
  });

  const seed = testSeed();
  test(`inputs follow from events before the cut, labels from the window alone (CLV_TEST_SEED=${seed})`, () => {
    const random = mulberry32(seed);
    const events = randomPast(random, 300)
      .map(({ event }) => ({ ...event, customerId: `c${Math.floor(5 * random())}` }))
      .sort((a, b) => a.timeS - b.timeS);
    const middle = { cutS: events[150]!.timeS, windowDays: 90 };
    const windowEndS = middle.cutS + 90 * DAY;
    const whole = splitExamples(events, middle, settings);
    const tenfold = (fromS: number) =>
      events.map((event) => (event.timeS >= fromS ? { ...event, amountMinor: 10 * event.amountMinor } : event));
    expect(splitExamples(tenfold(windowEndS), middle, settings)).toEqual(whole);
    expect(
      splitExamples(
        events.filter(({ timeS }) => timeS < windowEndS),
        middle,
        settings,
      ),
    ).toEqual(whole);
    const inputs = (examples: typeof whole) => examples.map(({ label, ...rest }) => rest);
    const inflated = splitExamples(tenfold(middle.cutS), middle, settings);
    expect(inputs(inflated)).toEqual(inputs(whole));
    expect(
      inputs(
        splitExamples(
          events.filter(({ timeS }) => timeS < middle.cutS),
          middle,
          settings,
        ),
      ),
    ).toEqual(inputs(whole));
  });
});
