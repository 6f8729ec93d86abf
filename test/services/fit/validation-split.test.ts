import { type CustomerEvent, SECONDS_PER_DAY } from '../../../src/domain/event';
import { type HistoryOrigin, HistoryOrigins } from '../../../src/domain/labels/history-origins';
import { intervalEndS } from '../../../src/domain/labels/origins';
import { hashUnit } from '../../../src/domain/math/hash';
import { mulberry32 } from '../../../src/domain/math/random';
import type { ModelSettings } from '../../../src/domain/scoring/model';
import { trainingShop } from '../../../src/domain/simulation/shop-population';
import { simulateShop } from '../../../src/domain/simulation/simulated-shop';
import { splitByCustomer, splitByTime } from '../../../src/services/fit/validation-split';
import { HAND_SETTINGS } from '../../support/hand-model';

const START_S = 1_700_000_000;
const END_S = START_S + 300 * SECONDS_PER_DAY;
const SPLIT_S = Math.floor(END_S - 0.25 * (END_S - START_S));
const SETTINGS: ModelSettings = { ...HAND_SETTINGS, window: 4 };
const heldOut = (customerId: string) => hashUnit(customerId, 5) < 0.3;

/** Origins of simulated customers. The split is of the span from the first origin, so one is put at the beginning. */
function originsOf(change: (event: CustomerEvent) => CustomerEvent = (event) => event): readonly HistoryOrigin[] {
  const history = new HistoryOrigins({
    window: 4,
    endS: END_S,
    uniformPerCustomer: 4,
    afterOrder: 0,
    afterOther: 0,
    mostAfterEvents: 0,
    random: mulberry32(3),
  });
  for (const event of simulateShop(trainingShop, { customers: 60, startS: START_S, random: mulberry32(7) })) {
    if (event.timeS >= END_S) break;
    history.add(change(event));
  }
  history.finish();
  return [{ ...history.origins[0]!, atS: START_S }, ...history.origins];
}

const ORIGINS = originsOf();
const byTime = (origins: readonly HistoryOrigin[]) => splitByTime(origins, heldOut, SETTINGS, END_S, 0.25);

test('by customer: nobody is on both sides, all instants are on each', () => {
  const { train, validation } = splitByCustomer(ORIGINS, heldOut, SETTINGS, END_S);
  expect(train.origins.every(({ customerId }) => !heldOut(customerId))).toBe(true);
  expect(validation.origins.every(({ customerId }) => heldOut(customerId))).toBe(true);
  for (const { origins } of [train, validation]) {
    expect(origins.some(({ atS }) => atS < SPLIT_S) && origins.some(({ atS }) => atS > SPLIT_S)).toBe(true);
  }
});

test('by time: origins before the split learn, with the intervals that closed before it; those after it judge', () => {
  const { train, validation } = byTime(ORIGINS);
  expect(train.examples.length).toBeGreaterThan(25);
  expect(validation.examples.length).toBeGreaterThan(5);
  train.origins.forEach(({ customerId, atS }, i) => {
    expect(heldOut(customerId)).toBe(false);
    expect(intervalEndS(atS, train.examples[i]!.label.closedIntervals - 1)).toBeLessThan(SPLIT_S);
  });
  for (const { customerId, atS } of validation.origins) {
    expect(heldOut(customerId)).toBe(true);
    expect(atS).toBeGreaterThanOrEqual(SPLIT_S);
  }
});

test('by time: what happens after the split changes nothing that is learnt from, bit by bit', () => {
  const later = (event: CustomerEvent) =>
    event.timeS >= SPLIT_S && event.kind === 'order' ? { ...event, amountMinor: 1_000 * event.amountMinor } : event;
  const inflatedOrigins = originsOf(later);
  const [plain, inflated] = [ORIGINS, inflatedOrigins].map(byTime);
  expect(inflated!.train.examples).toEqual(plain!.train.examples);
  expect(inflated!.validation.examples).not.toEqual(plain!.validation.examples);
  const whole = [ORIGINS, inflatedOrigins].map((origins) => splitByCustomer(origins, heldOut, SETTINGS, END_S));
  expect(whole[1]!.train.examples).not.toEqual(whole[0]!.train.examples);
});
