import { sha256 } from '../../src/adapters/system/digest';
import { DEFAULT_SHAPE, OUTPUTS } from '../../src/domain/network/shape';
import { makeWeights, type NetworkWeights, type WeightTensor } from '../../src/domain/network/weights';
import type { ModelSettings } from '../../src/domain/scoring/model';
import { encodeArtefact } from '../../src/serde/model-artefact';

/** Index of "log1p orders per 30 days of age" among the summary features. */
const ORDER_FREQUENCY = 12;

export const HAND_SETTINGS: ModelSettings = {
  window: 8,
  typicalOrderMinor: 5_000,
  orderValue: { meanMinor: 5_000, weight: 1.5 },
  margin: 1,
  discountRate: 0,
  tierCuts: [50, 150, 400],
};

/**
 * A hand-made model that ranks customers plausibly without training: the rate rises with the orders per 30 days of age. `level` is added to
 * the logarithm of the rate (approximately).
 */
export function handWeights(level = 0): NetworkWeights {
  const weights = makeWeights(
    DEFAULT_SHAPE,
    (_name, dimensions) => new Float32Array(dimensions.reduce((a, b) => a * b)),
  );
  weights.headKernel[(DEFAULT_SHAPE.units + ORDER_FREQUENCY) * DEFAULT_SHAPE.headUnits] = 0.5;
  weights.outputKernel[0] = 4.5;
  weights.outputBias[0] = -1 + level;
  return weights;
}

/** The same weights with `change` applied to each number of one tensor. */
export function changed(
  weights: NetworkWeights,
  names: readonly WeightTensor[],
  change: (weight: number, index: number) => number,
): NetworkWeights {
  return { ...weights, ...Object.fromEntries(names.map((name) => [name, weights[name].map(change)])) };
}

export const levelShift = (weights: NetworkWeights, by: number): NetworkWeights =>
  changed(weights, ['outputBias'], (w, i) => (i % OUTPUTS === 0 ? w + by : w));

export function artefactOf(
  weights: NetworkWeights,
  settings: ModelSettings = HAND_SETTINGS,
  trainedUntilS?: number,
): Uint8Array {
  const card = {
    createdBy: 'test',
    trainedOn: 'nothing',
    examples: 0,
    loss: null,
    seed: 0,
    createdAtMs: null,
    parent: null,
    ...(trainedUntilS === undefined ? {} : { trainedUntilS }),
  };
  return encodeArtefact({ weights, settings, card }, sha256);
}
