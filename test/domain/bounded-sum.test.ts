import { boundedSum, MOST_AMOUNT_MINOR, MOST_SUM } from '../../src/domain/bounded-sum';
import type { EventKind } from '../../src/domain/event';
import { mulberry32, type Random } from '../../src/domain/math/random';
import { emptyState, foldEvent, type SequenceState } from '../../src/domain/state/sequence-state';
import { decodeState, encodeState } from '../../src/serde/state-blob';
import { anEvent, type PositionedEvent } from '../support/events';
import { testSeed } from '../support/seeded';

const seed = testSeed();

/** Money near the bound, so that a few dozen events pass what a sum can hold. */
function largeMoney(random: Random, count: number): PositionedEvent[] {
  const kinds: EventKind[] = ['order', 'order', 'refund', 'cancel'];
  return Array.from({ length: count }, (_, offset) => {
    const kind = kinds[Math.floor(random() * kinds.length)]!;
    const amountMinor = Math.floor(MOST_AMOUNT_MINOR * (random() < 0.5 ? 1 : random()));
    const event = anEvent({ kind, eventId: `e${offset}`, timeS: 1_600_000_000 + 600 * offset, amountMinor });
    return { event, position: { topic: 0, partition: 0, offset } };
  });
}

function folded(past: readonly PositionedEvent[]): SequenceState {
  let state = emptyState(2);
  // Through the stored form after each event, as in production.
  for (const { event, position } of past) {
    foldEvent(state, event, position, 4);
    state = decodeState(encodeState(state));
  }
  return state;
}

/** The independent way: exact integers of any size, cut at the end. */
function exactly(past: readonly PositionedEvent[], kinds: readonly EventKind[]): number {
  const sum = past
    .filter(({ event }) => kinds.includes(event.kind))
    .reduce((total, { event }) => total + BigInt(event.amountMinor), 0n);
  return Number(sum > BigInt(MOST_SUM) ? BigInt(MOST_SUM) : sum);
}

describe(`sums that stop (CLV_TEST_SEED=${seed})`, () => {
  test('keeps one more amount exact', () => {
    expect(Number.isSafeInteger(MOST_SUM + MOST_AMOUNT_MINOR)).toBe(true);
  });

  test('law: the sums of any number of large amounts are the exact ones up to the limit, in every order of arrival', () => {
    const random = mulberry32(seed);
    let stopped = 0;
    for (let round = 0; round < 40; round++) {
      const past = largeMoney(random, 120);
      const shuffled = [...past].sort(() => random() - 0.5);
      for (const order of [past, shuffled]) {
        const { summary } = folded(order);
        expect(summary.placedMinor).toBe(exactly(past, ['order']));
        expect(summary.returnedMinor).toBe(exactly(past, ['refund', 'cancel']));
        expect(summary.cancelledMinor).toBe(exactly(past, ['cancel']));
        expect(summary.voidedMinor).toBeLessThanOrEqual(MOST_SUM);
        if (summary.placedMinor === MOST_SUM) stopped += 1;
      }
    }
    expect(stopped).toBeGreaterThan(10);
  });

  test('a sum that an earlier version stored beyond the limit goes on being encodable', () => {
    const state = emptyState(2);
    state.summary.placedMinor = Number.MAX_SAFE_INTEGER;
    state.window.start.voidedMinor = Number.MAX_SAFE_INTEGER;
    for (const { event, position } of largeMoney(mulberry32(seed), 30)) {
      foldEvent(state, event, position, 4);
      expect(() => encodeState(state)).not.toThrow();
    }
    expect(state.summary.placedMinor).toBe(MOST_SUM);
    expect(boundedSum(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)).toBe(MOST_SUM);
  });
});
