import { STEP_FEATURES, SUMMARY_FEATURES } from './features';

/** Sizes of the network. F step features, S summary features, H units of the LSTM, D units of the heads' layer. */
export interface NetworkShape {
  readonly stepFeatures: number; // F
  readonly summaryFeatures: number; // S
  readonly units: number; // H
  readonly headUnits: number; // D
}

/** Outputs of the last layer, in this order: see {@link HEAD_OUTPUTS}. */
export const HEAD_OUTPUTS = ['rate', 'scale', 'dispersion', 'value', 'spread'] as const;
export const OUTPUTS = HEAD_OUTPUTS.length;

export const DEFAULT_SHAPE: NetworkShape = {
  stepFeatures: STEP_FEATURES,
  summaryFeatures: SUMMARY_FEATURES,
  units: 32,
  headUnits: 32,
};

/** All trained numbers, row-major, float32. Gate order of the LSTM: input, forget, candidate, output. */
export interface NetworkWeights {
  readonly shape: NetworkShape;
  readonly inputKernel: Float32Array; // [F, 4H]
  readonly recurrentKernel: Float32Array; // [H, 4H]
  readonly bias: Float32Array; // [4H]
  readonly headKernel: Float32Array; // [H + S, D]
  readonly headBias: Float32Array; // [D]
  readonly outputKernel: Float32Array; // [D, 5]
  readonly outputBias: Float32Array; // [5]
  /** Raw κ of the order curve, shared by all customers: κ = softplus(raw) − 1. */
  readonly curve: Float32Array; // [1]
}

export const ENCODER_TENSORS = ['inputKernel', 'recurrentKernel', 'bias'] as const;
export const HEAD_TENSORS = ['headKernel', 'headBias', 'outputKernel', 'outputBias', 'curve'] as const;
export const WEIGHT_TENSORS = [...ENCODER_TENSORS, ...HEAD_TENSORS] as const;
export type WeightTensor = (typeof WEIGHT_TENSORS)[number];

/** Dimensions of each tensor for a shape. */
export function tensorDimensions(shape: NetworkShape): Readonly<Record<WeightTensor, readonly number[]>> {
  const { stepFeatures: F, summaryFeatures: S, units: H, headUnits: D } = shape;
  return {
    inputKernel: [F, 4 * H],
    recurrentKernel: [H, 4 * H],
    bias: [4 * H],
    headKernel: [H + S, D],
    headBias: [D],
    outputKernel: [D, OUTPUTS],
    outputBias: [OUTPUTS],
    curve: [1],
  };
}

/** Fresh weights: Glorot-uniform kernels, forget bias 1 (Jozefowicz et al. 2015), zeros elsewhere. `random` draws uniform [0, 1). */
export function initialWeights(shape: NetworkShape, random: () => number): NetworkWeights {
  const dimensions = tensorDimensions(shape);
  const kernel = (name: WeightTensor): Float32Array => {
    const [rows, columns] = dimensions[name] as [number, number];
    const limit = Math.sqrt(6 / (rows + columns));
    return Float32Array.from({ length: rows * columns }, () => (2 * random() - 1) * limit);
  };
  const H = shape.units;
  return {
    shape,
    inputKernel: kernel('inputKernel'),
    recurrentKernel: kernel('recurrentKernel'),
    bias: new Float32Array(4 * H).fill(1, H, 2 * H),
    headKernel: kernel('headKernel'),
    headBias: new Float32Array(shape.headUnits),
    outputKernel: kernel('outputKernel').map((w) => 0.1 * w),
    outputBias: new Float32Array(OUTPUTS),
    curve: new Float32Array(1),
  };
}

/**
 * One LSTM step, in place on h and c (Hochreiter and Schmidhuber 1997, with forget gates):
 * i, f, o = σ(xW + hU + b), g = tanh(…), c ← f·c + i·g, h ← o·tanh(c). h and c are float32: rounded once a step, so that
 * stepping on and stepping again from the anchor give the same bits.
 */
export class LstmStep {
  private readonly gates: Float64Array; // [4H]
  private readonly units: number;

  constructor(private readonly weights: NetworkWeights) {
    this.units = weights.shape.units;
    this.gates = new Float64Array(4 * this.units);
  }

  /** `x` holds the F inputs from `at` on; most of them are zero (one-hot), which the loop skips. */
  step(h: Float32Array, c: Float32Array, x: Float32Array, at = 0): void {
    const { inputKernel, recurrentKernel, bias, shape } = this.weights;
    const { gates, units: H } = this;
    gates.set(bias);
    addProduct(gates, x, at, shape.stepFeatures, inputKernel, 0);
    addProduct(gates, h, 0, H, recurrentKernel, 0);
    for (let u = 0; u < H; u++) {
      const cell = sigmoid(gates[H + u]!) * c[u]! + sigmoid(gates[u]!) * Math.tanh(gates[2 * H + u]!);
      c[u] = cell;
      h[u] = sigmoid(gates[3 * H + u]!) * Math.tanh(cell);
    }
  }
}

/** The dense layer of the heads: tanh(xW + b), then the five raw outputs. */
export class HeadStep {
  private readonly hidden: Float64Array; // [D]
  readonly outputs: Float64Array; // [5]

  constructor(private readonly weights: NetworkWeights) {
    this.hidden = new Float64Array(weights.shape.headUnits);
    this.outputs = new Float64Array(OUTPUTS);
  }

  /** h [H] after the virtual step, summary [S] from `at` on → raw outputs [5], valid until the next call. */
  run(h: Float32Array, summary: Float32Array, at = 0): Float64Array {
    const { headKernel, headBias, outputKernel, outputBias, shape } = this.weights;
    const { hidden, outputs } = this;
    const { units: H, summaryFeatures: S, headUnits: D } = shape;
    hidden.set(headBias);
    addProduct(hidden, h, 0, H, headKernel, 0);
    addProduct(hidden, summary, at, S, headKernel, H * D);
    for (let d = 0; d < D; d++) hidden[d] = Math.tanh(hidden[d]!);
    outputs.set(outputBias);
    addProduct(outputs, hidden, 0, D, outputKernel, 0);
    return outputs;
  }
}

/**
 * target += x · matrix, the one inner loop of the product: x [n] from `at` on, matrix [n, target.length] row-major from `from` on.
 * Four rows a pass, so that each sum is loaded and stored once for four products; rows of zeros (one-hot inputs) are left out.
 */
function addProduct(
  target: Float64Array,
  x: Float32Array | Float64Array,
  at: number,
  n: number,
  matrix: Float32Array,
  from: number,
): void {
  const columns = target.length;
  let pending = 0;
  let row0 = 0;
  let row1 = 0;
  let row2 = 0;
  let x0 = 0;
  let x1 = 0;
  let x2 = 0;
  for (let j = 0; j < n; j++) {
    const value = x[at + j]!;
    if (value === 0) continue;
    const row = from + j * columns;
    if (pending === 0) {
      row0 = row;
      x0 = value;
    } else if (pending === 1) {
      row1 = row;
      x1 = value;
    } else if (pending === 2) {
      row2 = row;
      x2 = value;
    } else {
      for (let k = 0; k < columns; k++) {
        target[k]! +=
          x0 * matrix[row0 + k]! + x1 * matrix[row1 + k]! + x2 * matrix[row2 + k]! + value * matrix[row + k]!;
      }
      pending = 0;
      continue;
    }
    pending += 1;
  }
  if (pending > 0) for (let k = 0; k < columns; k++) target[k]! += x0 * matrix[row0 + k]!;
  if (pending > 1) for (let k = 0; k < columns; k++) target[k]! += x1 * matrix[row1 + k]!;
  if (pending > 2) for (let k = 0; k < columns; k++) target[k]! += x2 * matrix[row2 + k]!;
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function softplus(x: number): number {
  return x > 30 ? x : Math.log1p(Math.exp(x));
}
