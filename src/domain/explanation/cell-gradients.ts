import { sigmoid } from '../network/arithmetic';
import type { CellKind } from '../network/shape';

/** One layer at one step, as views of H numbers (units) or G·H numbers (gates). Cells without c have zeros there. */
export interface CellStep {
  /** Before the step. */
  readonly hidden: Float64Array; // [H]
  readonly cell: Float64Array; // [H]
  /** In: xW + b; out: the activated gates. */
  readonly fromInput: Float64Array; // [G·H]
  /** h before the step times the recurrent kernel U. The values are for a full step; layer-gradient.ts applies the presence, 0 to 1. */
  readonly fromState: Float64Array; // [G·H]
  /** Out: h and c after the whole step. */
  readonly nextHidden: Float64Array; // [H]
  readonly nextCell: Float64Array; // [H]
}

/** Derivatives at one step. */
export interface CellStepDerivatives {
  /** In: derivatives by h and c after the whole step. */
  readonly nextHidden: Float64Array; // [H]
  readonly nextCell: Float64Array; // [H]
  /** Out: derivatives by xW + b, and by hU. */
  readonly fromInput: Float64Array; // [G·H]
  readonly fromState: Float64Array; // [G·H]
  /** Added to: derivatives by h and c before the step, for their part outside hU. */
  readonly hidden: Float64Array; // [H]
  readonly cell: Float64Array; // [H]
}

/** A cell of src/domain/network in float64, with backpropagation through one step. */
export interface CellGradient {
  forward(step: CellStep): void;
  backward(step: CellStep, by: CellStepDerivatives): void;
}

const lstm: CellGradient = {
  forward({ cell, fromInput: gates, fromState, nextHidden, nextCell }) {
    const H = cell.length;
    for (let u = 0; u < H; u++) {
      gates[u] = sigmoid(gates[u]! + fromState[u]!);
      gates[H + u] = sigmoid(gates[H + u]! + fromState[H + u]!);
      gates[2 * H + u] = Math.tanh(gates[2 * H + u]! + fromState[2 * H + u]!);
      gates[3 * H + u] = sigmoid(gates[3 * H + u]! + fromState[3 * H + u]!);
      nextCell[u] = gates[H + u]! * cell[u]! + gates[u]! * gates[2 * H + u]!;
      nextHidden[u] = gates[3 * H + u]! * Math.tanh(nextCell[u]!);
    }
  },
  backward({ cell, fromInput: gates, nextCell }, by) {
    const H = cell.length;
    for (let u = 0; u < H; u++) {
      const input = gates[u]!;
      const forget = gates[H + u]!;
      const candidate = gates[2 * H + u]!;
      const output = gates[3 * H + u]!;
      const bounded = Math.tanh(nextCell[u]!);
      const dCell = by.nextCell[u]! + by.nextHidden[u]! * output * (1 - bounded ** 2);
      by.fromInput[u] = dCell * candidate * input * (1 - input);
      by.fromInput[H + u] = dCell * cell[u]! * forget * (1 - forget);
      by.fromInput[2 * H + u] = dCell * input * (1 - candidate ** 2);
      by.fromInput[3 * H + u] = by.nextHidden[u]! * bounded * output * (1 - output);
      by.cell[u]! += dCell * forget;
    }
    by.fromState.set(by.fromInput);
  },
};

const gru: CellGradient = {
  forward({ hidden, fromInput: gates, fromState, nextHidden }) {
    const H = hidden.length;
    for (let u = 0; u < H; u++) {
      const update = sigmoid(gates[u]! + fromState[u]!);
      const reset = sigmoid(gates[H + u]! + fromState[H + u]!);
      const candidate = Math.tanh(gates[2 * H + u]! + reset * fromState[2 * H + u]!);
      gates[u] = update;
      gates[H + u] = reset;
      gates[2 * H + u] = candidate;
      nextHidden[u] = update * hidden[u]! + (1 - update) * candidate;
    }
  },
  backward({ hidden, fromInput: gates, fromState }, by) {
    const H = hidden.length;
    for (let u = 0; u < H; u++) {
      const update = gates[u]!;
      const reset = gates[H + u]!;
      const candidate = gates[2 * H + u]!;
      const dNext = by.nextHidden[u]!;
      const dCandidate = dNext * (1 - update) * (1 - candidate ** 2);
      by.fromInput[u] = dNext * (hidden[u]! - candidate) * update * (1 - update);
      by.fromInput[H + u] = dCandidate * fromState[2 * H + u]! * reset * (1 - reset);
      by.fromInput[2 * H + u] = dCandidate;
      by.fromState[u] = by.fromInput[u]!;
      by.fromState[H + u] = by.fromInput[H + u]!;
      by.fromState[2 * H + u] = dCandidate * reset;
      by.hidden[u]! += dNext * update;
    }
  },
};

const rnn: CellGradient = {
  forward({ fromInput, fromState, nextHidden }) {
    for (let u = 0; u < nextHidden.length; u++) {
      fromInput[u] = Math.tanh(fromInput[u]! + fromState[u]!);
      nextHidden[u] = fromInput[u]!;
    }
  },
  backward({ fromInput }, by) {
    for (let u = 0; u < fromInput.length; u++) by.fromInput[u] = by.nextHidden[u]! * (1 - fromInput[u]! ** 2);
    by.fromState.set(by.fromInput);
  },
};

export const CELL_GRADIENTS: Readonly<Record<CellKind, CellGradient>> = { lstm, gru, rnn };
