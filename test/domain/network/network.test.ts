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
