import { SECONDS_PER_DAY } from '../../../../src/domain/event';
import { mulberry32 } from '../../../../src/domain/math/random';
import { initialWeights, type NetworkWeights } from '../../../../src/domain/network/weights';
import type { Example } from '../../../../src/domain/scoring/example';
import { trainingShop } from '../../../../src/domain/simulation/shop-population';
import { simulateShop } from '../../../../src/domain/simulation/simulated-shop';
import type { Learner } from '../../../../src/ports/learner';
import { DEFAULT_PRETRAIN } from '../../../../src/services/fit/pretrain';
import { crossValidate } from '../../../../src/services/fit/search/cross-validation';
import { rollingSplits } from '../../../../src/services/fit/search/splits';
import { TINY_SHAPE } from '../../../support/examples';

const DAY = SECONDS_PER_DAY;
const START_S = 1_700_000_000;
const END_S = START_S + 120 * DAY;
const OPTIONS = { ...DEFAULT_PRETRAIN, shape: TINY_SHAPE, seed: 1, minorPerMajor: 100, epochs: 1 };

const events = (() => {
  const found = [];
  const shop = simulateShop(trainingShop, { customers: 150, startS: START_S, random: mulberry32(4) });
  for (const event of shop) {
    if (event.timeS >= END_S) return found;
    found.push(event);
  }
  return found;
})();

const sumOf = (examples: readonly Example[]) =>
  examples.reduce((sum, { sequence, label }) => {
    const inputs = sequence.reduce((a, b) => a + b, 0);
    return sum + inputs + Array.from(label.orders).reduce((a, b) => a + b, 0) + label.orderedMinor / 1e4;
  }, 0);

/** Its one weight is the sum of all it was shown; its loss, that and the sum of what it is judged by: whatever changes, shows. */
class SummingLearner implements Learner {
  readonly backend = 'sum';
  private current: NetworkWeights = initialWeights(TINY_SHAPE, mulberry32(1));
  seen = 0;

  load(weights: NetworkWeights): void {
    this.current = weights;
  }
  async fit(examples: readonly Example[]): Promise<{ loss: number }> {
    this.seen = examples.length;
    this.current = { ...this.current, curve: Float32Array.of(sumOf(examples)) };
    return { loss: 0 };
  }
  async losses(examples: readonly Example[]): Promise<Float32Array> {
    return Float32Array.from(examples, (example) => this.current.curve[0]! + sumOf([example]));
  }
  async rawOutputs(examples: readonly Example[]): Promise<Float32Array> {
    return new Float32Array(5 * examples.length);
  }
  weights(): NetworkWeights {
    return this.current;
  }
  liveTensors(): number {
    return 0;
  }
  dispose(): void {}
}

describe('time-series cross-validation', () => {
  const splits = rollingSplits(START_S, END_S, 3);
  const scoresOf = (given: typeof events, customers = 1e6, values = {}) =>
    crossValidate({ events: given, splits, customers }, values, OPTIONS, new SummingLearner());

  test('a split sees nothing after its window, and learns nothing from its window on', async () => {
    const whole = await scoresOf(events);
    expect(whole.folds).toHaveLength(3);
    expect(whole.score).toBeCloseTo(
      whole.folds.reduce<number>((sum, loss) => sum + loss! / 3, 0),
      6,
    );
    for (const [i, { cutS, windowDays }] of splits.entries()) {
      const endS = cutS + windowDays * DAY;
      const cut = await scoresOf(events.filter(({ timeS }) => timeS < endS));
      expect(cut.folds.slice(0, i + 1)).toEqual(whole.folds.slice(0, i + 1));
      // What happened in the window judges: with it gone, the loss is another one.
      const blind = await scoresOf(events.filter(({ timeS }) => timeS < cutS));
      expect(blind.folds[i]).not.toBe(whole.folds[i]);
    }
  });

  test('trains on so many customers, judges by everyone; other options give another training', async () => {
    const learner = new SummingLearner();
    await crossValidate({ events, splits, customers: 1e6 }, {}, OPTIONS, learner);
    const all = learner.seen;
    await crossValidate({ events, splits, customers: 25 }, {}, OPTIONS, learner);
    expect(learner.seen).toBeLessThan(0.6 * all);
    await crossValidate({ events, splits, customers: 1e6 }, { uniformOrigins: 9 }, OPTIONS, learner);
    expect(learner.seen).toBeGreaterThan(1.5 * all);
  });

  test('a split without enough to train on has no loss, and the search run no score', async () => {
    const late = events.filter(({ timeS }) => timeS >= splits[1]!.cutS);
    const { folds: losses, score } = await scoresOf(late);
    expect(losses[0]).toBeNull();
    expect(losses[2]).not.toBeNull();
    expect(score).toBeNull();
  });
});
