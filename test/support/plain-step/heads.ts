import { addProduct } from '../../../src/domain/network/arithmetic';
import { OUTPUTS } from '../../../src/domain/network/shape';
import type { NetworkWeights } from '../../../src/domain/network/weights';

/** The dense layer of the heads: tanh([h, context, summary]·W + b), then the five raw outputs. */
export class Heads {
  private readonly hidden: Float64Array; // [D]
  private readonly outputs = new Float64Array(OUTPUTS);

  constructor(private readonly weights: NetworkWeights) {
    this.hidden = new Float64Array(weights.shape.headUnits);
  }

  /**
   * Raw outputs [5], valid until the next call. `state` holds the top layer's h from `stateAt` on. `context` is null without attention.
   */
  run(state: Float32Array, stateAt: number, context: Float64Array | null, summary: Float32Array): Float64Array {
    const { headKernel, headBias, outputKernel, outputBias, shape } = this.weights;
    const { hidden, outputs } = this;
    const { units: H, summaryFeatures: S, headUnits: D } = shape;
    hidden.set(headBias);
    addProduct(hidden, state, stateAt, H, headKernel, 0);
    let row = H;
    if (context !== null) {
      addProduct(hidden, context, 0, H, headKernel, row * D);
      row += H;
    }
    addProduct(hidden, summary, 0, S, headKernel, row * D);
    for (let d = 0; d < D; d++) hidden[d] = Math.tanh(hidden[d]!);
    outputs.set(outputBias);
    addProduct(outputs, hidden, 0, D, outputKernel, 0);
    return outputs;
  }
}
