import { STEP_FEATURES, SUMMARY_FEATURES } from '../../../src/domain/features/features';
import { drawNormal, mulberry32 } from '../../../src/domain/math/random';
import { Network } from '../../../src/domain/network/network';
import { CELLS, type NetworkShape, stateSizes } from '../../../src/domain/network/shape';
import { randomWeights } from '../../support/examples';
import { plainOutputs, plainStates } from '../../support/plain-network';
import { testSeed } from '../../support/seeded';

const seed = testSeed();

/** Every cell with every number of layers, with attention and without; no two sizes alike. */
const SHAPES = CELLS.flatMap((cell) =>
  [1, 2, 3].flatMap((layers) =>
    [false, true].map(
      (attention): NetworkShape => ({
        stepFeatures: STEP_FEATURES,
        summaryFeatures: SUMMARY_FEATURES,
        units: 3 + layers,
        headUnits: 7,
        cell,
        layers,
        attention,
      }),
    ),
  ),
);

function expectClose(found: readonly number[], expected: readonly number[]): void {
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 4);
}

describe(`the served network beside the papers' formulas (CLV_TEST_SEED=${seed})`, () => {
  test.each(
    SHAPES.map(
      (shape) => [`${shape.layers} × ${shape.cell}${shape.attention ? ' with attention' : ''}`, shape] as const,
    ),
  )('law, %s: states and outputs are the same but for rounding', (_, shape) => {
    const random = mulberry32(seed);
    const weights = randomWeights(shape, random);
    const network = new Network(weights);
    for (let round = 0; round < 12; round++) {
      // From one input in most places to none, as one-hot inputs and after them dense ones have.
      const zeros = random();
      const steps = Array.from({ length: 1 + Math.floor(random() * 9) }, () =>
        Array.from({ length: STEP_FEATURES }, () => (random() < zeros ? 0 : Math.fround(drawNormal(random)))),
      );
      const summary = Array.from({ length: SUMMARY_FEATURES }, () => Math.fround(random()));
      const found = [...network.outputs(steps.length, Float32Array.from(steps.flat()), Float32Array.from(summary))];
      const expected = plainOutputs(weights, steps, summary);
      expect(found).toHaveLength(5);
      expectClose(found, expected);

      const sizes = stateSizes(shape);
      const [hidden, cell] = [new Float32Array(sizes.hidden), new Float32Array(sizes.cell)];
      // Inputs may lie anywhere in a longer array.
      for (const step of steps) network.step(hidden, cell, Float32Array.from([9, 9, ...step, 9]), 2);
      const states = plainStates(weights, steps).at(-1)!;
      const h = states.flatMap((state) => state.h);
      expectClose([...hidden], h);
      if (shape.cell !== 'lstm') expect(cell).toHaveLength(0);
      else
        expectClose(
          [...cell],
          states.flatMap(({ c }) => c),
        );
    }
    expect(network.attends).toBe(shape.attention);
  });
});

describe(`a reading after a step that is not kept (CLV_TEST_SEED=${seed})`, () => {
  it('law: it is that of the step and the reading one after the other, bit by bit, and h and c stay as they are', () => {
    const random = mulberry32(seed);
    for (const shape of SHAPES.filter(({ attention }) => !attention)) {
      const network = new Network(randomWeights(shape, random));
      const sizes = stateSizes(shape);
      const drawn = (length: number) => Float32Array.from({ length }, () => drawNormal(random));
      for (let round = 0; round < 20; round++) {
        const [hidden, cell] = [drawn(sizes.hidden).map(Math.tanh), drawn(sizes.cell)];
        const [x, summary] = [drawn(STEP_FEATURES), drawn(SUMMARY_FEATURES)];
        const before = [hidden.slice(), cell.slice()];
        const found = [...network.readAfterStep(hidden, cell, x, summary)];
        expect([hidden, cell]).toEqual(before);
        network.step(hidden, cell, x);
        expect({ shape, found }).toEqual({ shape, found: [...network.read(hidden, summary)] });
      }
    }
  });
});
