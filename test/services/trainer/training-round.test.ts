import { LEAST_CUSTOMERS_OF_VALUE } from '../../../src/domain/attributes';
import { CUSTOMERS_TOPIC } from '../../../src/domain/event';
import { emptyTally } from '../../../src/domain/labels/origins';
import { mulberry32 } from '../../../src/domain/math/random';
import { emptyState, foldEvent } from '../../../src/domain/state/sequence-state';
import type { Learner } from '../../../src/ports/learner';
import { encodeState } from '../../../src/serde/state-blob';
import { DEMO_TRAINER_SETTINGS } from '../../../src/services/trainer/settings';
import { type MaturedOrigin, trainRound } from '../../../src/services/trainer/training-round';
import { anEvent } from '../../support/events';
import { HAND_SETTINGS, handWeights } from '../../support/hand-model';

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
      random: mulberry32(1),
      signal: new AbortController().signal,
    },
  );
  expect(settings.attributes?.region).toEqual(['common']);
});
