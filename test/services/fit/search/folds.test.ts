import { SECONDS_PER_DAY } from '../../../../src/domain/event';
import { mulberry32 } from '../../../../src/domain/math/random';
import { foldExamples, rollingFolds } from '../../../../src/services/fit/search/folds';
import { anEvent, randomPast } from '../../../support/events';
import { randomModel } from '../../../support/models';
import { testSeed } from '../../../support/seeded';

const DAY = SECONDS_PER_DAY;
const { settings } = randomModel(1);

describe('rolling origins', () => {
  test('equal windows up to the end, the first fold with as much behind it as before it', () => {
    const folds = rollingFolds(0, 134 * DAY, 3);
    expect(folds).toEqual([44, 74, 104].map((day) => ({ cutS: day * DAY, windowDays: 30 })));
    expect(rollingFolds(0, 2_000 * DAY, 2)[0]!.windowDays).toBe(90);
  });

  test('too short a history is told with what it takes', () => {
    expect(() => rollingFolds(0, 27 * DAY, 3)).toThrow('a search with 3 folds needs 28 days of history, there are 27');
  });
});

describe('the examples of a fold', () => {
  const fold = { cutS: 100 * DAY, windowDays: 30 };
  const at = (day: number, minor: number, kind: 'order' | 'refund' | 'browse' = 'order', customerId = 'ann') =>
    anEvent({ customerId, kind, timeS: day * DAY, amountMinor: minor, eventId: `${customerId}${day}${kind}` });

  test('are everyone known before the cut, labelled by the window after it', () => {
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
    const [ann, bob, ...others] = foldExamples(events, fold, settings);
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
  test(`inputs follow from what lay before the cut, labels from the window alone (CLV_TEST_SEED=${seed})`, () => {
    const random = mulberry32(seed);
    const events = randomPast(random, 300)
      .map(({ event }) => ({ ...event, customerId: `c${Math.floor(5 * random())}` }))
      .sort((a, b) => a.timeS - b.timeS);
    const middle = { cutS: events[150]!.timeS, windowDays: 90 };
    const windowEndS = middle.cutS + 90 * DAY;
    const whole = foldExamples(events, middle, settings);
    const tenfold = (fromS: number) =>
      events.map((event) => (event.timeS >= fromS ? { ...event, amountMinor: 10 * event.amountMinor } : event));
    expect(foldExamples(tenfold(windowEndS), middle, settings)).toEqual(whole);
    expect(
      foldExamples(
        events.filter(({ timeS }) => timeS < windowEndS),
        middle,
        settings,
      ),
    ).toEqual(whole);
    const inputs = (examples: typeof whole) => examples.map(({ label, ...rest }) => rest);
    const inflated = foldExamples(tenfold(middle.cutS), middle, settings);
    expect(inputs(inflated)).toEqual(inputs(whole));
    expect(
      inputs(
        foldExamples(
          events.filter(({ timeS }) => timeS < middle.cutS),
          middle,
          settings,
        ),
      ),
    ).toEqual(inputs(whole));
  });
});
