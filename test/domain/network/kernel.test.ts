import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STEP_FEATURES, SUMMARY_FEATURES } from '../../../src/domain/features/features';
import { drawNormal, mulberry32, type Random } from '../../../src/domain/math/random';
import { Network } from '../../../src/domain/network/network';
import { CELLS, type NetworkShape, stateSizes } from '../../../src/domain/network/shape';
import { makeWeights, type NetworkWeights } from '../../../src/domain/network/weights';
import { PlainNetwork } from '../../support/plain-step/plain-network';
import { testSeed } from '../../support/seeded';

const ROOT = join(__dirname, '..', '..', '..');
const seed = testSeed();

/** Every cell with every number of layers, with attention and without. The sizes are drawn: odd and even, smaller and larger than a block. */
const KINDS = CELLS.flatMap((cell) =>
  [1, 2, 3].flatMap((layers) => [false, true].map((attention) => ({ cell, layers, attention }))),
);

function drawShape(random: Random, kind: (typeof KINDS)[number]): NetworkShape {
  const size = () => 1 + Math.floor(random() * 40);
  return {
    ...kind,
    stepFeatures: STEP_FEATURES,
    summaryFeatures: SUMMARY_FEATURES,
    units: size(),
    headUnits: size(),
  };
}

/** Weights of which the largest kernels saturate every gate, and the smallest hardly move a state. */
function drawWeights(shape: NetworkShape, random: Random, scale: number): NetworkWeights {
  return makeWeights(shape, (_, dimensions) => {
    const count = dimensions.reduce((a, b) => a * b);
    const fan = Math.sqrt(dimensions[0]!);
    return Float32Array.from({ length: count }, () => (scale * drawNormal(random)) / fan);
  });
}

/** As many inputs are 0 as in one-hot inputs, or none, or all. */
function drawInputs(count: number, random: Random, scale: number): Float32Array {
  const zeros = random() * 1.2 - 0.1;
  return Float32Array.from({ length: count }, () => (random() < zeros ? 0 : scale * drawNormal(random)));
}

/** Powers of ten from 1e-40, which is denormal in float32, to `most`. */
const drawScale = (random: Random, most: number) => 10 ** (-40 + random() * (40 + most));

/** Largest difference, relative above 1. Equal infinities do not differ. */
function distance(found: ArrayLike<number>, right: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < right.length; i++) {
    if (Object.is(found[i], right[i])) continue;
    const difference = Math.abs(found[i]! - right[i]!) / Math.max(1, Math.abs(right[i]!));
    most = Math.max(most, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }
  return most;
}

/** Places where `found` is no number although `right` is one. */
function lost(found: Float32Array, right: Float32Array): number[] {
  return [...right.keys()].filter((i) => Number.isFinite(right[i]) && !Number.isFinite(found[i]));
}

/** Half a unit in the last place of a float32 below 1. */
const LAST_PLACE = 2 ** -24;

describe(`the compiled kernel beside the plain step (CLV_TEST_SEED=${seed})`, () => {
  test.each(KINDS)(
    'law, $layers × $cell, attention $attention: a step differs by one rounding at most, and seldom',
    (kind) => {
      const random = mulberry32(seed);
      let [differing, all] = [0, 0];
      for (let round = 0; round < 60; round++) {
        const shape = drawShape(random, kind);
        // Within a step, a difference in a lower layer grows with the weights of the one above.
        const scale = random() < 0.5 ? 1 : drawScale(random, kind.layers === 1 ? 12 : 0);
        const weights = drawWeights(shape, random, scale);
        const [network, plain] = [new Network(weights), new PlainNetwork(weights)];
        const sizes = stateSizes(shape);
        const hidden = Float32Array.from({ length: sizes.hidden }, () => 2 * random() - 1);
        const cell = drawInputs(sizes.cell, random, drawScale(random, 30));
        const x = drawInputs(STEP_FEATURES, random, random() < 0.5 ? 1 : drawScale(random, 12));
        const right = { hidden: hidden.slice(), cell: cell.slice() };
        network.step(hidden, cell, x);
        plain.step(right.hidden, right.cell, x);
        expect(distance(hidden, right.hidden)).toBeLessThanOrEqual(4 * kind.layers * LAST_PLACE);
        expect(distance(cell, right.cell)).toBeLessThanOrEqual(4 * kind.layers * LAST_PLACE);
        // One rounding of the lowest layer is several of the layers above.
        const lowest = (state: { readonly hidden: Float32Array; readonly cell: Float32Array }) => [
          ...state.hidden.subarray(0, shape.units),
          ...state.cell.subarray(0, shape.units),
        ];
        const [numbers, plains] = [lowest({ hidden, cell }), lowest(right)];
        // A small number's last place is far below that of 1, where the terms end.
        const large = [...numbers.keys()].filter((i) => Math.abs(plains[i]!) > 0.001);
        all += large.length;
        differing += large.filter((i) => numbers[i] !== plains[i]).length;
      }
      // More would be seen if a constant of the exponential were off in its ninth digit.
      expect(differing).toBeLessThan(3 + 0.003 * all);
    },
  );

  test.each(KINDS)(
    'law, $layers × $cell, attention $attention: states and outputs of a sequence within 1e-5',
    (kind) => {
      const random = mulberry32(seed + 1);
      for (let round = 0; round < 20; round++) {
        const weights = drawWeights(drawShape(random, kind), random, 0.1 + random());
        const steps = 1 + Math.floor(random() * 64);
        const sequence = Float32Array.from(
          Array.from({ length: steps }, () => [...drawInputs(STEP_FEATURES, random, 1)]).flat(),
        );
        const summary = drawInputs(SUMMARY_FEATURES, random, 1);
        const found = new Network(weights).outputs(steps, sequence, summary);
        const right = new PlainNetwork(weights).outputs(steps, sequence, summary);
        expect(found).toHaveLength(5);
        expect(distance(found, right)).toBeLessThanOrEqual(1e-5);
      }
    },
  );

  test.each(KINDS)(
    'law, $layers × $cell, attention $attention: where the plain step has a number, so has the kernel',
    (kind) => {
      const random = mulberry32(seed + 2);
      for (let round = 0; round < 40; round++) {
        const shape = drawShape(random, kind);
        const weights = drawWeights(shape, random, drawScale(random, 30));
        const [network, plain] = [new Network(weights), new PlainNetwork(weights)];
        const sizes = stateSizes(shape);
        const [hidden, cell] = [new Float32Array(sizes.hidden), new Float32Array(sizes.cell)];
        const right = { hidden: hidden.slice(), cell: cell.slice() };
        for (let t = 0; t < 8; t++) {
          const x = drawInputs(STEP_FEATURES, random, drawScale(random, 30));
          network.step(hidden, cell, x);
          plain.step(right.hidden, right.cell, x);
          expect(lost(hidden, right.hidden)).toEqual([]);
          expect(lost(cell, right.cell)).toEqual([]);
          // The states of chaotic weights part after a few steps, so each step begins from one.
          right.hidden.set(hidden);
          right.cell.set(cell);
        }
      }
    },
  );

  test('law: a state has the same bits however its steps lie between those of other states, on any instance', () => {
    const random = mulberry32(seed + 3);
    for (const kind of KINDS) {
      const shape = drawShape(random, kind);
      const weights = drawWeights(shape, random, 1);
      const [shared, fresh] = [new Network(weights), new Network(weights)];
      const sizes = stateSizes(shape);
      const states = Array.from({ length: 3 }, () => ({
        hidden: new Float32Array(sizes.hidden),
        cell: new Float32Array(sizes.cell),
        inputs: [] as Float32Array[],
      }));
      const scratch = { hidden: new Float32Array(sizes.hidden), cell: new Float32Array(sizes.cell) };
      for (let t = 0; t < 30; t++) {
        const state = states[Math.floor(random() * states.length)]!;
        // The steps of silence: from the same h, with other inputs, to somewhere else.
        for (let silences = Math.floor(random() * 3); silences > 0; silences--) {
          scratch.hidden.set(state.hidden);
          scratch.cell.set(state.cell);
          shared.step(scratch.hidden, scratch.cell, drawInputs(STEP_FEATURES, random, 1));
        }
        const x = drawInputs(STEP_FEATURES, random, 1);
        state.inputs.push(x);
        shared.step(state.hidden, state.cell, x);
      }
      for (const { hidden, cell, inputs } of states) {
        const again = { hidden: new Float32Array(sizes.hidden), cell: new Float32Array(sizes.cell) };
        for (const x of inputs) fresh.step(again.hidden, again.cell, x);
        expect(again.hidden).toEqual(hidden);
        expect(again.cell).toEqual(cell);
      }
    }
  });

  test('weights that are not numbers are seen, not hidden', () => {
    for (const cell of CELLS) {
      const shape = drawShape(mulberry32(seed), { cell, layers: 1, attention: false });
      const weights = drawWeights(shape, mulberry32(seed), 1);
      weights.bias.fill(Number.NaN);
      const sizes = stateSizes(shape);
      const hidden = new Float32Array(sizes.hidden);
      new Network(weights).step(hidden, new Float32Array(sizes.cell), new Float32Array(STEP_FEATURES));
      expect(hidden.every(Number.isNaN)).toBe(true);
    }
  });

  test('many networks live at a time, and replaced ones go', () => {
    const shape = { ...drawShape(mulberry32(seed), KINDS[0]!), units: 1, headUnits: 1 };
    const weights = drawWeights(shape, mulberry32(seed), 1);
    const alive = Array.from({ length: 1000 }, () => new Network(weights));
    for (let swaps = 0; swaps < 14_000; swaps++) alive[swaps % 2] = new Network(weights);
    expect(alive).toHaveLength(1000);
  });
});

describe('the file of the kernel', () => {
  test('is built from the source in the repository', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kernel-'));
    try {
      const built = join(folder, 'kernel.wasm');
      const compiler = join(ROOT, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
      const config = ['--config', join(ROOT, 'kernel', 'asconfig.json'), '--outFile', built];
      const { status, stderr } = spawnSync(process.execPath, [compiler, ...config], { cwd: ROOT, encoding: 'utf8' });
      expect(`${status} ${stderr}`).toBe('0 ');
      const same = readFileSync(built).equals(readFileSync(join(ROOT, 'dist', 'kernel.wasm')));
      expect(same ? 'built' : 'dist/kernel.wasm is older than kernel/network.ts: run npm run build').toBe('built');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('is missing: the error names the file and the fix', () => {
    jest.isolateModules(() => {
      jest.doMock('node:fs', () => ({
        readFileSync: () => {
          throw new Error('ENOENT');
        },
      }));
      const { openKernel } = require('../../../src/domain/network/kernel');
      expect(() => openKernel(100)).toThrow(/dist.kernel\.wasm, the compiled kernel .* npm run build/);
      jest.dontMock('node:fs');
    });
  });
});
