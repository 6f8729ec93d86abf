import { addProduct, sigmoid } from '../../../src/domain/network/arithmetic';
import type { LayerWeights } from '../../../src/domain/network/layer-weights';
import type { RecurrentCell } from './recurrent-cell';

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997, with forget gates):
 * i, f, o = σ(xW + hU + b), g = tanh(…), c ← f·c + i·g, h ← o·tanh(c). Gate order: input, forget, candidate, output.
 */
export class LstmCell implements RecurrentCell {
  private readonly gates: Float64Array; // [4H]

  constructor(private readonly layer: LayerWeights) {
    this.gates = new Float64Array(4 * layer.units);
  }

  step(hidden: Float32Array, cell: Float32Array, at: number, x: Float32Array, xAt: number): void {
    const { inputs, units: H, inputKernel, recurrentKernel, bias } = this.layer;
    const { gates } = this;
    gates.set(bias);
    addProduct(gates, x, xAt, inputs, inputKernel, 0);
    addProduct(gates, hidden, at, H, recurrentKernel, 0);
    for (let u = 0; u < H; u++) {
      const c = sigmoid(gates[H + u]!) * cell[at + u]! + sigmoid(gates[u]!) * Math.tanh(gates[2 * H + u]!);
      cell[at + u] = c;
      hidden[at + u] = sigmoid(gates[3 * H + u]!) * Math.tanh(c);
    }
  }
}
