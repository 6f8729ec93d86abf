import { changedShop, OPENS_S } from '../../../bench/learning/changed-shops';
import { firstArtefact, trained } from '../../../bench/learning/schedule';
import type { Shop, ShopHistory } from '../../../bench/learning/shops';
import { SECONDS_PER_DAY } from '../../../src/domain/event';
import type { NetworkWeights } from '../../../src/domain/network/weights';
import type { Learner } from '../../../src/ports/learner';
import { DEFAULT_TRAINER_SETTINGS, type TrainerSettings } from '../../../src/services/trainer/settings';
import { artefactOf, handWeights, levelShift } from '../../support/hand-model';

const WEEK_S = 7 * SECONDS_PER_DAY;
const JUDGED_FROM_S = OPENS_S + 100 * SECONDS_PER_DAY;

function history(): ShopHistory {
  const events = changedShop('demand', 60).filter(({ timeS }) => timeS < OPENS_S + 130 * SECONDS_PER_DAY);
  const shop = { name: 'test', judgedFromS: JUDGED_FROM_S } as Shop;
  return { shop, events, endS: OPENS_S + 130 * SECONDS_PER_DAY };
}

/** Moves the level up or down in turn, so that some challengers are better. */
function movingLearner(fails = false): Learner {
  let weights: NetworkWeights;
  let rounds = 0;
  return {
    backend: 'none',
    load: (from) => {
      weights = from;
    },
    fit: async () => {
      if (fails) throw new Error('out of memory');
      weights = levelShift(weights, rounds++ % 2 === 0 ? 0.1 : -0.1);
      return { loss: 1 };
    },
    weights: () => weights,
    rawOutputs: async () => new Float32Array(),
    losses: async () => new Float32Array(),
    liveTensors: () => 0,
    dispose: () => undefined,
  };
}

/** Releases whatever has a smaller loss. */
const LAX: TrainerSettings = {
  ...DEFAULT_TRAINER_SETTINGS,
  minExamples: 1,
  encoderEvery: 0,
  calibrateEveryDays: 0,
  gate: { ...DEFAULT_TRAINER_SETTINGS.gate, leastGain: 0 },
};
const RUN = { settings: LAX, seed: 1, minorPerMajor: 100, stepDays: 7, onProgress: () => undefined };

test('a model is in force from the question on whose past it was trained, and only then', async () => {
  const { releases } = await trained({ ...RUN, history: history(), learner: movingLearner() });
  const [first, ...promoted] = releases;
  expect(first).toMatchObject({ fromS: 0, artefact: firstArtefact() });
  expect(promoted.length).toBeGreaterThan(0);
  // On the grid of the questions, which are asked a second before midnight; the last release is at the end of the history.
  for (const { fromS } of promoted.slice(0, -1)) expect(Math.abs((fromS + 1 - JUDGED_FROM_S) % WEEK_S)).toBe(0);
});

test('a model that is started from is in force at the first question, and nothing is trained before it', async () => {
  const artefact = artefactOf(handWeights());
  const start = { atS: JUDGED_FROM_S, artefact };
  const { releases } = await trained({ ...RUN, history: history(), learner: movingLearner(), start });
  expect(releases[1]).toMatchObject({ fromS: JUDGED_FROM_S - 1, artefact });
  expect(releases.length).toBeGreaterThan(2);
});

test('a fault of the trainer ends the run with it', async () => {
  await expect(trained({ ...RUN, history: history(), learner: movingLearner(true) })).rejects.toThrow('out of memory');
});
