import { SequenceGradient, type SequencePoint } from '../../../src/domain/explanation/sequence-gradient';
import { valueGradient } from '../../../src/domain/explanation/value-gradient';
import { SUMMARY_FEATURES } from '../../../src/domain/features/features';
import { drawNormal, mulberry32, type Random } from '../../../src/domain/math/random';
import { Network } from '../../../src/domain/network/network';
import { OUTPUTS } from '../../../src/domain/network/shape';
import { randomExample, randomWeights, SHAPES } from '../../support/examples';
import { randomModel } from '../../support/models';
import { testSeed } from '../../support/seeded';

const seed = testSeed();
const STEP = 1e-6;
const BTYD = {
  curve: { ratePerDay: 0.02, scaleDays: 140, shape: -0.4 },
  level: 1.2,
  valueShare: 0.7,
  logValue: 2.5,
};

function randomPoint(random: Random, served = false): SequencePoint {
  const { steps, sequence, summary } = randomExample(random);
  return {
    steps,
    presence: Float64Array.from({ length: steps }, () => (served ? 1 : random())),
    sequence: Float64Array.from(sequence),
    summary: Float64Array.from(summary),
  };
}

/** Central difference of f by one number of an array, which is left as it was. */
function difference(array: Float64Array, i: number, f: () => number): number {
  const kept = array[i]!;
  array[i] = kept + STEP;
  const after = f();
  array[i] = kept - STEP;
  const before = f();
  array[i] = kept;
  return (after - before) / (2 * STEP);
}

describe(`gradients (CLV_TEST_SEED=${seed})`, () => {
  const random = mulberry32(seed);

  test.each(SHAPES)('%s: the network answers as the served kernel if every step is taken', (_name, shape) => {
    for (let round = 0; round < 20; round++) {
      const weights = randomWeights(shape, random);
      const point = randomPoint(random, true);
      const raw = new SequenceGradient(weights, point.steps).forward(point);
      const { steps, sequence, summary } = point;
      const served = new Network(weights).outputs(steps, Float32Array.from(sequence), Float32Array.from(summary));
      raw.forEach((output, k) => {
        expect(output).toBeCloseTo(served[k]!, 5);
      });
    }
  });

  test.each(SHAPES)('%s: backpropagation through time equals finite differences', (_name, shape) => {
    for (let round = 0; round < 10; round++) {
      const weights = randomWeights(shape, random);
      const point = randomPoint(random);
      const gradient = new SequenceGradient(weights, point.steps + 3);
      const by = Float64Array.from({ length: OUTPUTS }, () => drawNormal(random));
      const sum = () => gradient.forward(point).reduce((total, output, k) => total + output * by[k]!, 0);
      sum();
      const analytic = gradient.backward(point, by);
      for (const part of ['presence', 'sequence', 'summary'] as const) {
        const exact = analytic[part].slice(0, point[part].length);
        exact.forEach((derivative, i) => {
          expect([part, i, difference(point[part], i, sum)]).toEqual([part, i, expect.closeTo(derivative, 6)]);
        });
      }
      expect(analytic.summary).toHaveLength(SUMMARY_FEATURES);
    }
  });

  test.each([null, 0.3, 0.9])('the value by raw outputs, network share %p', (networkShare) => {
    const { settings } = randomModel(1);
    const btyd = networkShare === null ? null : { ...BTYD, networkShare };
    for (let round = 0; round < 50; round++) {
      const raw = Float64Array.from({ length: OUTPUTS }, () => drawNormal(random));
      const logBase = Float64Array.of(8 + drawNormal(random));
      const at = () =>
        valueGradient(
          raw,
          { curveRaw: 0.4, baseOrderValueMinor: Math.exp(logBase[0]!), btyd },
          { ...settings, discountRate: 0.1 },
          100,
        );
      const { raw: byRaw, logBase: byLogBase, value } = at();
      byRaw.forEach((derivative, k) => {
        expect(Math.abs(difference(raw, k, () => at().value) - derivative)).toBeLessThan(1e-6 * value);
      });
      expect(Math.abs(difference(logBase, 0, () => at().value) - byLogBase)).toBeLessThan(1e-6 * value);
    }
  });
});
