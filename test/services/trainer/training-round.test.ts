import { LEAST_CUSTOMERS_OF_VALUE } from '../../../src/domain/attributes';
import type { BtydModel } from '../../../src/domain/btyd/btyd-model';
import { CUSTOMERS_TOPIC } from '../../../src/domain/event';
import { INTERVALS } from '../../../src/domain/label-intervals';
import { emptyTally } from '../../../src/domain/labels/origins';
import { mulberry32 } from '../../../src/domain/math/random';
import type { Example } from '../../../src/domain/scoring/example';
import type { ModelSettings } from '../../../src/domain/scoring/model';
import { emptyState, foldEvent } from '../../../src/domain/state/sequence-state';
import type { Learner } from '../../../src/ports/learner';
import { encodeState } from '../../../src/serde/state-blob';
import type { MaturedOrigin } from '../../../src/services/trainer/matured-origin';
import type { OpenOrders } from '../../../src/services/trainer/open-intervals';
import { DEMO_TRAINER_SETTINGS } from '../../../src/services/trainer/settings';
import { trainRound } from '../../../src/services/trainer/training-round';
import { anEvent } from '../../support/events';
import { HAND_SETTINGS, handWeights } from '../../support/hand-model';
import { realClock } from '../../support/real-clock';

const DAY_S = 86_400;

/** One question about a customer, of whom a region is known. */
function originOf(customerId: string, region: string, day: number): MaturedOrigin {
  const state = emptyState(1);
  const attributes = { ageBand: null, region, channel: null };
  const timeS = 1_700_000_000;
  foldEvent(state, anEvent({ customerId, timeS }), { topic: 0, partition: 0, offset: 0 }, 16);
  const position = { topic: CUSTOMERS_TOPIC, partition: 0, offset: 0 };
  foldEvent(state, anEvent({ kind: 'profile', customerId, timeS, attributes }), position, 16);
  const atS = timeS + day * DAY_S;
  const origin = { customerId, atS, snapshot: encodeState(state), tally: emptyTally() };
  return { origin, clockS: atS + 100 * DAY_S } as unknown as MaturedOrigin;
}

test('a value gets an input by how many customers have it, not by how many origins one of them has', async () => {
  const learner = {
    load: () => undefined,
    fit: async () => ({ loss: 1 }),
    weights: () => handWeights(0),
  } as unknown as Learner;
  const often = Array.from({ length: 3 * LEAST_CUSTOMERS_OF_VALUE }, (_, i) => originOf('often', 'rare', i + 1));
  const many = Array.from({ length: LEAST_CUSTOMERS_OF_VALUE }, (_, i) => originOf(`c${i}`, 'common', 1));
  const { settings } = await trainRound(
    learner,
    { weights: handWeights(0), settings: HAND_SETTINGS },
    { fresh: [...often, ...many], rest: [], freshIntervals: 1 },
    {
      scope: 'all',
      settings: { ...DEMO_TRAINER_SETTINGS, examplesPerRound: 1_000 },
      openOrders: null,
      random: mulberry32(1),
      clock: realClock,
      signal: new AbortController().signal,
    },
  );
  expect(settings.attributes?.region).toEqual(['common']);
});

test('the loss is that of what is served: through the blend, with enough of the network for it to learn', async () => {
  let shown: readonly Example[] = [];
  const learner = {
    load: () => undefined,
    fit: async (examples: readonly Example[]) => {
      shown = examples;
      return { loss: 1 };
    },
    weights: () => handWeights(0),
  } as unknown as Learner;
  const structure: BtydModel = {
    paretoNbd: { r: 0.55, alpha: 74, s: 0.61, beta: 82 },
    networkShares: [0, 0.1, 0.8, 1],
    level: 1.2,
    segmentFactors: [1, 0.8, 1, 1],
    value: { prior: { meanMinor: 4_000, weight: 1 }, networkShare: 0.2 },
  };
  const origins = Array.from({ length: 5 }, (_, i) => originOf(`c${i}`, 'any', 1));
  const round = (openOrders: OpenOrders | null, settings: ModelSettings) =>
    trainRound(
      learner,
      { weights: handWeights(0), settings },
      { fresh: origins, rest: [], freshIntervals: 1 },
      {
        scope: 'heads',
        settings: DEMO_TRAINER_SETTINGS,
        openOrders,
        random: mulberry32(1),
        clock: realClock,
        signal: new AbortController().signal,
      },
    );
  await round(() => new Array(INTERVALS).fill(0.25), {
    ...HAND_SETTINGS,
    structure,
    logSpendSigmaFactors: [1, 2, 1, 1],
  });
  expect(shown).toHaveLength(5);
  for (const { blend, openOrders } of shown) {
    expect(blend).toMatchObject({ networkShare: 0.5, logSpendSigmaFactor: 2 });
    expect(blend!.ordersFactor).toBeCloseTo(0.8, 12);
    expect(blend!.value!.networkShare).toBe(0.5);
    expect(openOrders).toHaveLength(INTERVALS);
  }
  await round(null, HAND_SETTINGS);
  for (const { blend, openOrders } of shown) expect([blend, openOrders]).toEqual([undefined, undefined]);
});
