import { HORIZONS_DAYS, questionRounds } from '../../../bench/learning/questions';
import type { Shop } from '../../../bench/learning/shops';
import { statesBefore } from '../../../src/domain/blend/network-model';
import { type CustomerEvent, SECONDS_PER_DAY } from '../../../src/domain/event';
import { mulberry32 } from '../../../src/domain/math/random';
import { trainingShop } from '../../../src/domain/simulation/shop-population';
import { simulateShop } from '../../../src/domain/simulation/simulated-shop';
import { encodeState } from '../../../src/serde/state-blob';
import { testSeed } from '../../support/seeded';

const START_S = Date.UTC(2025, 0, 6) / 1000;
const END_S = START_S + 150 * SECONDS_PER_DAY;
const seed = testSeed();

function history() {
  const events: CustomerEvent[] = [];
  for (const event of simulateShop(trainingShop, { customers: 120, startS: START_S, random: mulberry32(seed) })) {
    if (event.timeS >= END_S) break;
    events.push(event);
  }
  return { shop: {} as Shop, events, endS: END_S };
}

describe(`questions of the learning bench (CLV_TEST_SEED=${seed})`, () => {
  const { events, ...rest } = history();
  const fromS = START_S + 60 * SECONDS_PER_DAY;
  const rounds = [...questionRounds({ events, ...rest }, fromS, 7, 8)].map(({ atS, questions }) => ({
    atS,
    questions: questions.length,
  }));

  test('are asked every week, as long as a week of the answer is known', () => {
    expect(rounds.map(({ atS }) => (atS + 1 - fromS) / SECONDS_PER_DAY)).toEqual([
      0, 7, 14, 21, 28, 35, 42, 49, 56, 63, 70, 77,
    ]);
  });

  test('show the state just before the origin, and the label within each horizon', () => {
    for (const { atS, questions } of questionRounds({ events, ...rest }, fromS, 28, 8)) {
      const states = statesBefore(events, atS + 1, 8);
      expect(questions.map(({ customer }) => customer.customerId).sort()).toEqual([...states.keys()].sort());
      for (const { customer, state, labels } of questions) {
        const { customerId } = customer;
        expect(encodeState(state)).toEqual(encodeState(states.get(customerId)!));
        HORIZONS_DAYS.forEach((days, h) => {
          const untilS = atS + days * SECONDS_PER_DAY;
          const own = events.filter(
            (event) => event.customerId === customerId && event.timeS > atS && event.timeS <= untilS,
          );
          const sum = (kinds: readonly string[]) =>
            own.filter(({ kind }) => kinds.includes(kind)).reduce((total, { amountMinor }) => total + amountMinor, 0);
          const label = labels[h]!;
          if (untilS >= END_S) expect(label).toBeNull();
          else {
            const orders = Array.from({ length: label!.closedIntervals }, (_, k) => label!.orders[k]!);
            expect(orders.reduce((total, n) => total + n, 0)).toBe(own.filter(({ kind }) => kind === 'order').length);
            expect(label!.spendMinor).toBe(Math.max(0, sum(['order']) - sum(['refund', 'cancel'])));
          }
        });
      }
    }
  });
});
