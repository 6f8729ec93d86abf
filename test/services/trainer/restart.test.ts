import { loadBackend } from '../../../src/adapters/tensorflow/backend';
import { TensorFlowLearner } from '../../../src/adapters/tensorflow/tensorflow-learner';
import { mulberry32, type Random } from '../../../src/domain/math/random';
import { demoShop } from '../../../src/domain/simulation/shop-population';
import type { Learner } from '../../../src/ports/learner';
import { DEMO_TRAINER_SETTINGS, type TrainerSettings } from '../../../src/services/trainer/settings';
import { handWeights } from '../../support/hand-model';
import { shopLogs } from '../../support/shop-labels';
import { type TrainerWorld, trainerWorld } from '../../support/trainer-world';

const seed = Number(process.env.CLV_TEST_SEED ?? 1_126);
const LOGS = shopLogs(demoShop, 9, 250, 60);
const SETTINGS: TrainerSettings = {
  ...DEMO_TRAINER_SETTINGS,
  encoderEvery: 3,
  minExamples: 100,
  examplesPerRound: 256,
  epochs: 2,
  // Any difference that is not bad is promoted, so that models follow one another.
  gate: { ...DEMO_TRAINER_SETTINGS.gate, minOrigins: 50, leastGain: -1 },
  maxTrialDays: 14,
  reportEverySeconds: 1e9,
  checkEverySeconds: 0.01,
};

class Killed extends Error {}

/** From now on the process dies at a random write: before it, or right after it. */
function killAtRandom({ store, registry }: TrainerWorld, random: Random): () => void {
  const [commit, publish] = [store.commit.bind(store), registry.publish.bind(registry)];
  let left = Math.floor(random() * 40);
  const dies = () => left-- === 0;
  store.commit = (...written) => {
    if (dies()) {
      if (random() < 0.5) commit(...written);
      left = 0;
      throw new Killed();
    }
    commit(...written);
  };
  registry.publish = async (announcement) => {
    await publish(announcement);
    if (random() < 0.3) {
      // The announcement is out, and the process does nothing more.
      left = 0;
      store.commit(...([[], null] as Parameters<typeof commit>));
    }
  };
  return () => Object.assign(store, { commit }) && Object.assign(registry, { publish });
}

describe('a trainer that is killed again and again', () => {
  let learner: Learner;
  beforeAll(async () => {
    learner = new TensorFlowLearner(await loadBackend({ preference: 'wasm', threads: 1 }));
  });
  afterAll(() => learner.dispose());

  test(`ends with the weights, versions and progress of one that never was (CLV_TEST_SEED=${seed})`, async () => {
    const random = mulberry32(seed);
    const once = trainerWorld(learner, handWeights(-0.7), SETTINGS);
    once.feed(LOGS);
    await once.runUntil('all is done', once.isDone);

    const killed = trainerWorld(learner, handWeights(-0.7), SETTINGS);
    killed.feed(LOGS);
    let kills = 0;
    for (let isOver = false; !isOver; ) {
      const revive = killAtRandom(killed, random);
      try {
        await killed.runUntil('all is done', killed.isDone);
        isOver = true;
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        kills++;
      } finally {
        revive();
      }
    }
    expect(kills).toBeGreaterThan(5);
    const versions = ({ registry }: TrainerWorld) => registry.announced.map(({ version }) => version);
    // An announcement may come twice in a row: once from the process that was killed, once from the next one.
    const distinct = (all: readonly string[]) => all.filter((version, i) => version !== all[i - 1]);
    expect(distinct(versions(once)).length).toBeGreaterThan(3);
    expect(distinct(versions(killed))).toEqual(distinct(versions(once)));
    expect(killed.store.training()).toEqual(once.store.training());
    expect(once.store.training()).toMatchObject({ rounds: expect.any(Number) });
    expect(once.store.training()!.rounds).toBeGreaterThan(3);
  });
});
