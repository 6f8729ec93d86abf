import type { LayerWeights } from '../network/layer-weights';
import type { CellGradient, CellStep, CellStepDerivatives } from './cell-gradients';
import { addRows, dotRows } from './row-products';

/**
 * One recurrent layer over a sequence, with all intermediate results kept: forward, then backpropagation through time (Werbos 1990). A
 * step with presence p covers the fraction p of the way: (h, c) ← (h, c) + p · (whole step of (h, c) − (h, c)).
 */
export class LayerGradient {
  /** h before each of the T steps and after the last. */
  readonly hidden: Float64Array; // [T + 1, H]
  /** Derivatives by {@link hidden}. Readers of the layer add to it before `backward`. */
  readonly dHidden: Float64Array; // [T + 1, H]
  private readonly cell: Float64Array; // [T + 1, H]
  private readonly steps: readonly CellStep[]; // T
  private readonly by: CellStepDerivatives;
  private readonly dCell: Float64Array; // [H]

  constructor(
    private readonly layer: LayerWeights,
    private readonly of: CellGradient,
    maxSteps: number,
  ) {
    const H = layer.units;
    const columns = layer.bias.length; // G·H
    this.hidden = new Float64Array((maxSteps + 1) * H);
    this.dHidden = new Float64Array((maxSteps + 1) * H);
    this.cell = new Float64Array((maxSteps + 1) * H);
    this.steps = Array.from({ length: maxSteps }, (_, t) => ({
      hidden: this.hidden.subarray(t * H, (t + 1) * H),
      cell: this.cell.subarray(t * H, (t + 1) * H),
      fromInput: new Float64Array(columns),
      fromState: new Float64Array(columns),
      nextHidden: new Float64Array(H),
      nextCell: new Float64Array(H),
    }));
    this.by = {
      nextHidden: new Float64Array(H),
      nextCell: new Float64Array(H),
      fromInput: new Float64Array(columns),
      fromState: new Float64Array(columns),
      hidden: new Float64Array(H),
      cell: new Float64Array(H),
    };
    this.dCell = new Float64Array(H);
  }

  /** `inputs` holds the layer's inputs of each step, from `from` on. */
  forward(steps: number, presence: Float64Array, inputs: Float64Array, from: number): void {
    const { inputs: n, units: H, inputKernel, recurrentKernel, bias } = this.layer;
    const { hidden, cell } = this;
    for (let t = 0; t < steps; t++) {
      const step = this.steps[t]!;
      step.fromInput.set(bias);
      addRows(step.fromInput, 0, bias.length, inputs, from + t * n, n, inputKernel, 0);
      step.fromState.fill(0);
      addRows(step.fromState, 0, bias.length, step.hidden, 0, H, recurrentKernel, 0);
      this.of.forward(step);
      const present = presence[t]!;
      for (let u = 0; u < H; u++) {
        hidden[(t + 1) * H + u] = step.hidden[u]! + present * (step.nextHidden[u]! - step.hidden[u]!);
        cell[(t + 1) * H + u] = step.cell[u]! + present * (step.nextCell[u]! - step.cell[u]!);
      }
    }
  }

  /**
   * Backpropagates at the point of the last `forward`. Adds the derivatives by the inputs, from `from` on, and by the presence.
   * Overwrites `dHidden`.
   */
  backward(steps: number, presence: Float64Array, dInputs: Float64Array, from: number, dPresence: Float64Array): void {
    const { inputs: n, units: H, inputKernel, recurrentKernel, bias } = this.layer;
    const { dHidden, dCell, by } = this;
    dCell.fill(0);
    for (let t = steps - 1; t >= 0; t--) {
      const step = this.steps[t]!;
      const present = presence[t]!;
      for (let u = 0; u < H; u++) {
        const dh = dHidden[(t + 1) * H + u]!;
        const dc = dCell[u]!;
        dPresence[t]! += dh * (step.nextHidden[u]! - step.hidden[u]!) + dc * (step.nextCell[u]! - step.cell[u]!);
        by.nextHidden[u] = present * dh;
        by.nextCell[u] = present * dc;
        by.hidden[u] = (1 - present) * dh;
        by.cell[u] = (1 - present) * dc;
      }
      this.of.backward(step, by);
      dotRows(by.hidden, 0, H, by.fromState, 0, bias.length, recurrentKernel, 0);
      dotRows(dInputs, from + t * n, n, by.fromInput, 0, bias.length, inputKernel, 0);
      for (let u = 0; u < H; u++) dHidden[t * H + u]! += by.hidden[u]!;
      dCell.set(by.cell);
    }
  }
}
