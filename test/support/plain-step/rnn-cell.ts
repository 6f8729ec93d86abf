import { addProduct } from '../../../src/domain/network/arithmetic';
import type { LayerWeights } from '../../../src/domain/network/layer-weights';
import type { RecurrentCell } from './recurrent-cell';

/** Simple recurrent unit (Elman 1990): h ← tanh(xW + hU + b). Keeps no c. */
export class RnnCell implements RecurrentCell {
  private readonly sums: Float64Array; // [H]

  constructor(private readonly layer: LayerWeights) {
    this.sums = new Float64Array(layer.units);
  }

  step(hidden: Float32Array, _cell: Float32Array, at: number, x: Float32Array, xAt: number): void {
    const { inputs, units: H, inputKernel, recurrentKernel, bias } = this.layer;
    const { sums } = this;
    sums.set(bias);
    addProduct(sums, x, xAt, inputs, inputKernel, 0);
    addProduct(sums, hidden, at, H, recurrentKernel, 0);
    for (let u = 0; u < H; u++) hidden[at + u] = Math.tanh(sums[u]!);
  }
}
