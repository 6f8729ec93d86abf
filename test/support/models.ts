import { mulberry32 } from '../../src/domain/math/random';
import { DEFAULT_SHAPE, type NetworkShape } from '../../src/domain/network/shape';
import { initialWeights } from '../../src/domain/network/weights';
import type { Model } from '../../src/domain/scoring/model';

/** A model with random weights: laws must hold for any model. Kernels are enlarged, so that states are not all near zero. */
export function randomModel(
  seed: number,
  options: { window?: number; version?: string; shape?: NetworkShape } = {},
): Model {
  const { window = 4, version = `m-${seed}`, shape = DEFAULT_SHAPE } = options;
  const weights = initialWeights(shape, mulberry32(seed));
  weights.outputKernel.forEach((w, i) => {
    weights.outputKernel[i] = 10 * w;
  });
  return {
    version,
    encoderVersion: `e-${seed}`,
    weights,
    settings: {
      window,
      typicalOrderMinor: 5000,
      orderValue: { meanMinor: 5000, weight: 1.5 },
      margin: 1,
      discountRate: 0,
      tierCuts: [50, 150, 400],
    },
  };
}
