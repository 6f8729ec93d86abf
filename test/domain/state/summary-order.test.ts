import { mulberry32 } from '../../../src/domain/math/random';
import { emptyState, foldEvent } from '../../../src/domain/state/sequence-state';
import type { RunningSummary } from '../../../src/domain/state/summary';
import { decayedDifference, decayedError } from '../../support/decayed-tolerance';
import { interleave, type PositionedEvent, randomPast } from '../../support/events';
import { PlainFold } from '../../support/plain-fold';
import { testSeed } from '../../support/seeded';

const seed = testSeed();
const ROUNDS = 200;
const ORDERS_OF_ARRIVAL = 4;

function summaryOf(past: readonly PositionedEvent[]): RunningSummary {
  const state = emptyState(0);
  for (const { event, position } of past) foldEvent(state, event, position, 3);
  return state.summary;
}

/** Everything but the decayed counts, and but what is set from the kept window. */
function exactPart({ decayed, voided, voidedMinor, ...exact }: RunningSummary) {
  return exact;
}

/** Folded events and the decayed counts as float64 sums over the list of them. */
function plainOf(past: readonly PositionedEvent[]) {
  const plain = new PlainFold(3);
  for (const one of past) plain.fold(one);
  return { events: plain.folded.length, decayed: plain.decayed() };
}

describe(`the running summary under any interleaving of the topics (CLV_TEST_SEED=${seed})`, () => {
  test.each([5, 60])(
    'law: counts and sums are the same, decayed counts within the rounding of float32; %i events',
    (count) => {
      const random = mulberry32(seed);
      let differing = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const past = randomPast(random, count);
        const { events, decayed: exact } = plainOf(past);
        const arrivals = [past, ...Array.from({ length: ORDERS_OF_ARRIVAL - 1 }, () => interleave(past, random))];
        const [first, ...others] = arrivals.map(summaryOf);
        const excess = [first!, ...others].flatMap(({ decayed }) =>
          exact.map((sum, k) => Math.abs(decayed[k]! - sum) - decayedError(sum, events)),
        );
        for (const other of others) {
          expect({ round, ...exactPart(other) }).toEqual({ round, ...exactPart(first!) });
          for (const [k, value] of other.decayed.entries()) {
            const before = first!.decayed[k]!;
            if (value !== before) differing += 1;
            excess.push(Math.abs(value - before) - decayedDifference(value, before, events));
          }
        }
        expect({ round, withinBound: Math.max(...excess) <= 0 }).toEqual({ round, withinBound: true });
      }
      // Were they always the same, the bound would not be needed.
      if (count > 50) expect(differing).toBeGreaterThan(0);
    },
  );
});
