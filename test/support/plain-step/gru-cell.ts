import { addProduct, sigmoid } from '../../../src/domain/network/arithmetic';
import type { LayerWeights } from '../../../src/domain/network/layer-weights';
import type { RecurrentCell } from './recurrent-cell';

/**
 * Gated recurrent unit (Cho et al. 2014). The reset gate is applied after the product, so that one product with U serves all gates: z, r
 * = σ(xW + hU + b), g = tanh(xW_g + b_g + r·(hU_g)), h ← z·h + (1 − z)·g. Gate order: update, reset, candidate. It keeps no c.
 */
export class GruCell implements RecurrentCell {
  private readonly fromInput: Float64Array; // [3H]
  private readonly fromState: Float64Array; // [3H]

  constructor(private readonly layer: LayerWeights) {
    this.fromInput = new Float64Array(3 * layer.units);
    this.fromState = new Float64Array(3 * layer.units);
  }

  step(hidden: Float32Array, _cell: Float32Array, at: number, x: Float32Array, xAt: number): void {
    const { inputs, units: H, inputKernel, recurrentKernel, bias } = this.layer;
    const { fromInput, fromState } = this;
    fromInput.set(bias);
    addProduct(fromInput, x, xAt, inputs, inputKernel, 0);
    fromState.fill(0);
    addProduct(fromState, hidden, at, H, recurrentKernel, 0);
    for (let u = 0; u < H; u++) {
      const update = sigmoid(fromInput[u]! + fromState[u]!);
      const reset = sigmoid(fromInput[H + u]! + fromState[H + u]!);
      const candidate = Math.tanh(fromInput[2 * H + u]! + reset * fromState[2 * H + u]!);
      hidden[at + u] = update * hidden[at + u]! + (1 - update) * candidate;
    }
  }
}
