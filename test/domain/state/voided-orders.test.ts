import { openEvents } from '../../../src/cli/files/open-events';
import type { CustomerEvent } from '../../../src/domain/event';
import { mulberry32 } from '../../../src/domain/math/random';
import { history } from '../../../src/domain/scoring/prediction';
import { Scorer } from '../../../src/domain/scoring/scorer';
import { emptyState, foldEvent, type SequenceState } from '../../../src/domain/state/sequence-state';
import { netOrders, netValue } from '../../../src/domain/state/summary';
import { decodeState, encodeState } from '../../../src/serde/state-blob';
import { anEvent, type PositionedEvent, randomPast } from '../../support/events';
import { randomModel } from '../../support/models';
import { recordedFile } from '../../support/recorded-data';
import { testSeed } from '../../support/seeded';

const seed = testSeed();
const DAY_S = 86_400;
const T0 = 1_700_000_000;

function folded(past: readonly Partial<CustomerEvent>[], n = 16): SequenceState {
  const state = emptyState(0);
  past.forEach((change, offset) => {
    foldEvent(state, anEvent({ eventId: `e${offset}`, ...change }), { topic: 0, partition: 0, offset }, n);
  });
  return state;
}

describe(`orders that were returned in full (CLV_TEST_SEED=${seed})`, () => {
  test('leave counts and values by a refund within a day, or by a cancellation at any time; the past keeps all', () => {
    const order = { timeS: T0, amountMinor: 7_718_360 };
    const small = { timeS: T0 - DAY_S, amountMinor: 2_000 };
    const cases = [
      { back: { kind: 'refund', timeS: T0 + 960, amountMinor: 7_718_360 }, stands: false },
      { back: { kind: 'refund', timeS: T0 + DAY_S, amountMinor: 7_718_360 }, stands: false },
      { back: { kind: 'refund', timeS: T0 + DAY_S + 1, amountMinor: 7_718_360 }, stands: true },
      { back: { kind: 'refund', timeS: T0 + 960, amountMinor: 7_718_359 }, stands: true },
      { back: { kind: 'refund', timeS: T0 - 1, amountMinor: 7_718_360 }, stands: true },
      { back: { kind: 'cancel', timeS: T0 + 90 * DAY_S, amountMinor: 7_718_360 }, stands: false },
    ] as const;
    for (const { back, stands } of cases) {
      const { summary } = folded([small, order, back]);
      expect({ back, orders: netOrders(summary) }).toEqual({ back, orders: stands ? 2 : 1 });
      expect(netValue(summary)).toEqual(stands ? { valued: 2, minor: 7_720_360 } : { valued: 1, minor: 2_000 });
      const past = history(summary, T0 + 100 * DAY_S, { currency: 'EUR', minorPerMajor: 100 });
      expect(past.historicClv).toBe((2_000 + 7_718_360 - back.amountMinor) / 100);
    }
  });

  test('one return voids one order, the nearest before it', () => {
    const { window, summary } = folded([
      { timeS: T0 },
      { timeS: T0 + 10 },
      { kind: 'refund', timeS: T0 + 20 },
      { timeS: T0 + 30 },
    ]);
    expect(window.events.map(({ voided }) => voided)).toEqual([0, 1, 1, 0]);
    expect(netOrders(summary)).toBe(2);
  });

  test('a return keeps its mark when its order is dropped from the window, and never takes another', () => {
    const filler = [1, 2].map((i) => ({ kind: 'click' as const, timeS: T0 + 5 + i * 900, eventId: `f${i}` }));
    const state = folded([{ timeS: T0 }, ...filler, { kind: 'refund', timeS: T0 + 3_000 }], 2);
    expect(state.window.events.map(({ voided }) => voided)).toEqual([0, 2]);
    // A late order of the same amount just before the return: the return is spoken for.
    const late = anEvent({ eventId: 'late', timeS: T0 + 2_900 });
    foldEvent(state, late, { topic: 0, partition: 0, offset: 9 }, 2);
    expect(netOrders(state.summary)).toBe(1);
  });

  test('law: how much was ordered and returned in full at once reaches no score, to the bit', () => {
    const random = mulberry32(seed);
    for (let round = 0; round < 60; round++) {
      const past = randomPast(random, 5 + Math.floor(random() * 40)).map((one) => ({
        ...one,
        // Room for the pair's offset, and no amount like the pair's.
        position: { ...one.position, offset: 3 * one.position.offset },
        event: { ...one.event, amountMinor: one.event.amountMinor * 2 },
      }));
      const at = Math.floor(random() * past.length);
      const { timeS } = past[at]!.event;
      const pair = (amountMinor: number): PositionedEvent[] =>
        (['order', 'refund'] as const).map((kind, i) => ({
          event: anEvent({
            kind,
            eventId: `pair-${kind}`,
            amountMinor,
            items: i === 0 ? amountMinor : 0,
            timeS: timeS + i,
          }),
          position: { topic: 0, partition: 0, offset: 1_000_000 + i },
        }));
      const scorer = new Scorer(randomModel(round), 100);
      const [one, other] = [3_333, 77_183_333].map((amountMinor) => {
        const state = emptyState(scorer.model.weights.shape.units);
        for (const { event, position } of [...past.slice(0, at), ...pair(amountMinor), ...past.slice(at)]) {
          scorer.fold(state, event, position);
        }
        const asOfS = state.summary.lastSeenS + DAY_S;
        return {
          outputs: scorer.read(decodeState(encodeState(state)), asOfS),
          behind: state.summary.voidedMinor % 2 === 0,
        };
      });
      // A pair that came too late is in the sums, and nothing is left to tell it by. Only the pair's amount is odd.
      if (one!.behind) continue;
      expect({ round, ...one }).toEqual({ round, ...other });
    }
  });

  test('law: marks and counts depend on the set of events, not on their order of arrival', () => {
    const random = mulberry32(seed + 1);
    for (let round = 0; round < 200; round++) {
      const past = randomPast(random, 14).filter(
        (one, i, all) => all.findIndex(({ event }) => event.eventId === one.event.eventId) === i,
      );
      const shuffled = [...past].sort(() => random() - 0.5);
      const [inOrder, mixed] = [past, shuffled].map((events) => {
        const state = emptyState(0);
        for (const { event, position } of events) foldEvent(state, event, position, 16);
        const { voided, voidedMinor } = state.summary;
        return { marks: state.window.events.map((event) => event.voided), voided, voidedMinor };
      });
      expect({ seed, round, ...mixed }).toEqual({ seed, round, ...inOrder });
    }
  });

  const dataset = recordedFile('online_retail.csv.gz');
  const onRetail = dataset === null ? it.skip : it;
  onRetail('Online Retail: the two giant orders cancelled at once leave nothing in the order values', async () => {
    const states = new Map<string, SequenceState>();
    let offset = 0;
    const [file] = (await openEvents([dataset!], {}, { currency: 'GBP' })).files;
    for await (const event of file!.events()) {
      if (!['12346', '15098'].includes(event.customerId)) continue;
      const state = states.get(event.customerId) ?? emptyState(0);
      states.set(event.customerId, state);
      foldEvent(state, event, { topic: 0, partition: 0, offset: offset++ }, 16);
    }
    const [only, among] = [states.get('12346')!.summary, states.get('15098')!.summary];
    expect(only).toMatchObject({ placed: 1, placedMinor: 7_718_360, returnedMinor: 7_718_360, voided: 1 });
    expect(netOrders(only)).toBe(0);
    expect(netValue(only)).toEqual({ valued: 0, minor: 0 });
    // 297.00 and 38,970.00, both refunded within 17 minutes, and 649.50, which stood.
    expect(among).toMatchObject({ placed: 3, placedMinor: 3_991_650, voided: 2, voidedMinor: 3_926_700 });
    expect(netValue(among)).toEqual({ valued: 1, minor: 64_950 });
  });
});
