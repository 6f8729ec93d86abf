import { mulberry32 } from '../../../src/domain/math/random';
import { cappedMoney } from '../../../src/domain/state/capped-money';
import { emptyState, foldEvent, type SequenceState } from '../../../src/domain/state/sequence-state';
import { netValue } from '../../../src/domain/state/summary';
import { anEvent, type PositionedEvent, randomPast } from '../../support/events';
import { testSeed } from '../../support/seeded';

const TYPICAL = 5_000;
const CAP = 100 * TYPICAL;
const DAY_S = 86_400;
const seed = testSeed();

function folded(past: readonly PositionedEvent[], window = 16): SequenceState {
  const state = emptyState(0);
  for (const { event, position } of past) foldEvent(state, event, position, window);
  return state;
}

function orders(amountsMinor: readonly number[]): PositionedEvent[] {
  return amountsMinor.map((amountMinor, offset) => ({
    event: anEvent({ eventId: `o${offset}`, timeS: 1_700_000_000 + offset * DAY_S, amountMinor }),
    position: { topic: 0, partition: 0, offset },
  }));
}

describe(`the money of a forecast (CLV_TEST_SEED=${seed})`, () => {
  test('an outlier in the window counts as an order at the cap, whatever its size', () => {
    const of = (outlier: number) => cappedMoney(folded(orders([5_000, outlier, 5_000])), TYPICAL);
    const atCap = { valued: 3, minor: CAP + 10_000, netMinor: CAP + 10_000 };
    for (const outlier of [CAP, CAP + 1, 1e9, 1e14]) expect(of(outlier)).toEqual(atCap);
    expect(of(CAP - 1).minor).toBe(CAP + 9_999);
  });

  test('once it has left the window, it counts as one order at the cap beside usual ones', () => {
    for (const later of [8, 20, 100]) {
      const small = new Array<number>(later).fill(5_000);
      const of = (outlier: number) => cappedMoney(folded(orders([5_000, outlier, ...small]), 4), TYPICAL);
      expect(of(1e9)).toEqual(of(1e14));
      const { valued, minor } = of(1e14);
      const atCap = CAP + 5_000 * (later + 1);
      expect(valued).toBe(later + 2);
      expect(minor).toBeGreaterThanOrEqual(atCap);
      expect(minor).toBeLessThanOrEqual(CAP + 4 * 5_000 * (later + 2));
    }
  });

  test('an outlier that was cancelled counts nothing, also where the order has left the window', () => {
    const past = orders([5_000, 1e14, 5_000, 5_000, 5_000, 5_000, 5_000, 5_000]);
    for (const window of [2, 3, 4, 16]) {
      const state = folded(past.slice(0, 2), window);
      const cancel = anEvent({ kind: 'cancel', eventId: 'c', timeS: past[1]!.event.timeS + 60, amountMinor: 1e14 });
      foldEvent(state, cancel, { topic: 0, partition: 0, offset: 99 }, window);
      for (const { event, position } of past.slice(2)) foldEvent(state, event, position, window);
      expect({ window, ...cappedMoney(state, TYPICAL) }).toEqual({
        window,
        valued: 7,
        minor: 35_000,
        netMinor: 35_000,
      });
    }
  });

  test('law: without an outlier it is exactly the net value of the summary', () => {
    const random = mulberry32(seed);
    for (let round = 0; round < 100; round++) {
      const state = folded(randomPast(random, Math.floor(random() * 60)), 2 + (round % 6));
      const { summary } = state;
      expect({ round, ...cappedMoney(state, TYPICAL) }).toEqual({
        round,
        ...netValue(summary),
        netMinor: Math.max(0, summary.placedMinor - summary.returnedMinor),
      });
    }
  });

  test('law: any outlier, wherever it lies in the past, gives what any other outlier gives there', () => {
    const random = mulberry32(seed + 1);
    for (let round = 0; round < 100; round++) {
      const past = randomPast(random, 1 + Math.floor(random() * 60));
      const at = Math.floor(random() * past.length);
      const window = 2 + (round % 6);
      const [one, other] = [1e9, 1e14].map((amountMinor) => {
        const { event } = past[at]!;
        const outlier = { ...event, kind: 'order' as const, eventId: 'outlier', amountMinor };
        const position = { topic: 0, partition: 0, offset: 1e6 };
        return cappedMoney(
          folded([...past.slice(0, at), { event: outlier, position }, ...past.slice(at)], window),
          TYPICAL,
        );
      });
      expect({ round, ...one }).toEqual({ round, ...other });
    }
  });
});
