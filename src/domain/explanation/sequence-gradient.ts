import { type NetworkWeights, OUTPUTS, sigmoid } from '../network';

/** Where a gradient is taken. T steps, all float64: a gradient of rounded numbers would be a staircase. */
export interface SequencePoint {
  readonly steps: number; // T
  /** How far each step is taken, 0…1: (h, c) ← (h, c) + presence · (LSTM step of (h, c) − (h, c)). 1 is the served step, 0 none at all. */
  readonly presence: Float64Array; // [T]
  readonly sequence: Float64Array; // [T, F]
  readonly summary: Float64Array; // [S]
}

/** Derivatives of a weighted sum of the raw outputs, in the shapes of {@link SequencePoint}; overwritten by the next call. */
export interface SequenceDerivatives {
  readonly presence: Float64Array; // [T]
  readonly sequence: Float64Array; // [T, F]
  readonly summary: Float64Array; // [S]
}

/**
 * The network of `network.ts` with the derivatives of its raw outputs by its inputs: forward with everything kept, then
 * backpropagation through time (Werbos 1990) by hand. Weights of at most `maxSteps` steps; holds scratch space.
 */
export class SequenceGradient {
  private readonly hidden: Float64Array; // [T + 1, H], before each step and after the last
  private readonly cell: Float64Array; // [T + 1, H]
  private readonly gates: Float64Array; // [T, 4H], activated: input, forget, candidate, output
  private readonly nextCell: Float64Array; // [T, H], of the whole step, before presence
  private readonly dense: Float64Array; // [D], activated
  private readonly outputs = new Float64Array(OUTPUTS);
  private readonly derivatives: SequenceDerivatives;

  constructor(
    private readonly weights: NetworkWeights,
    maxSteps: number,
  ) {
    const { units: H, stepFeatures: F, summaryFeatures: S, headUnits: D } = weights.shape;
    this.hidden = new Float64Array((maxSteps + 1) * H);
    this.cell = new Float64Array((maxSteps + 1) * H);
    this.gates = new Float64Array(maxSteps * 4 * H);
    this.nextCell = new Float64Array(maxSteps * H);
    this.dense = new Float64Array(D);
    this.derivatives = {
      presence: new Float64Array(maxSteps),
      sequence: new Float64Array(maxSteps * F),
      summary: new Float64Array(S),
    };
  }

  /** Raw outputs [5], valid until the next call. */
  forward(point: SequencePoint): Float64Array {
    const { units: H, headUnits: D, summaryFeatures: S } = this.weights.shape;
    const { headKernel, headBias, outputKernel, outputBias } = this.weights;
    this.hidden.fill(0, 0, H);
    this.cell.fill(0, 0, H);
    for (let t = 0; t < point.steps; t++) this.stepForward(point, t);
    const { dense, outputs } = this;
    dense.set(headBias);
    addRows(dense, 0, D, this.hidden, point.steps * H, H, headKernel, 0);
    addRows(dense, 0, D, point.summary, 0, S, headKernel, H * D);
    for (let d = 0; d < D; d++) dense[d] = Math.tanh(dense[d]!);
    outputs.set(outputBias);
    addRows(outputs, 0, OUTPUTS, dense, 0, D, outputKernel, 0);
    return outputs;
  }

  /** Derivatives of Σ dOutputs · outputs at the point of the last `forward`. */
  backward(point: SequencePoint, dOutputs: ArrayLike<number>): SequenceDerivatives {
    const { units: H, headUnits: D, summaryFeatures: S } = this.weights.shape;
    const { headKernel, outputKernel } = this.weights;
    const { summary } = this.derivatives;
    const dDense = new Float64Array(D);
    for (let d = 0; d < D; d++) {
      let sum = 0;
      for (let k = 0; k < OUTPUTS; k++) sum += outputKernel[d * OUTPUTS + k]! * dOutputs[k]!;
      dDense[d] = sum * (1 - this.dense[d]! ** 2);
    }
    const dHidden = new Float64Array(H);
    const dCell = new Float64Array(H);
    dotRows(dHidden, 0, H, dDense, 0, D, headKernel, 0);
    summary.fill(0);
    dotRows(summary, 0, S, dDense, 0, D, headKernel, H * D);
    for (let t = point.steps - 1; t >= 0; t--) this.stepBackward(point, t, dHidden, dCell);
    return this.derivatives;
  }

  private stepForward({ presence, sequence }: SequencePoint, t: number): void {
    const { inputKernel, recurrentKernel, bias, shape } = this.weights;
    const { hidden, cell, gates, nextCell } = this;
    const { units: H, stepFeatures: F } = shape;
    const at = t * 4 * H;
    gates.set(bias, at);
    addRows(gates, at, 4 * H, sequence, t * F, F, inputKernel, 0);
    addRows(gates, at, 4 * H, hidden, t * H, H, recurrentKernel, 0);
    for (let u = 0; u < H; u++) {
      const input = sigmoid(gates[at + u]!);
      const forget = sigmoid(gates[at + H + u]!);
      const candidate = Math.tanh(gates[at + 2 * H + u]!);
      const output = sigmoid(gates[at + 3 * H + u]!);
      gates[at + u] = input;
      gates[at + H + u] = forget;
      gates[at + 2 * H + u] = candidate;
      gates[at + 3 * H + u] = output;
      const [h, c] = [hidden[t * H + u]!, cell[t * H + u]!];
      const stepped = forget * c + input * candidate;
      nextCell[t * H + u] = stepped;
      cell[(t + 1) * H + u] = c + presence[t]! * (stepped - c);
      hidden[(t + 1) * H + u] = h + presence[t]! * (output * Math.tanh(stepped) - h);
    }
  }

  /** In: derivatives by h and c after the step; out: by h and c before it. */
  private stepBackward({ presence }: SequencePoint, t: number, dHidden: Float64Array, dCell: Float64Array): void {
    const { inputKernel, recurrentKernel, shape } = this.weights;
    const { hidden, cell, gates, nextCell, derivatives } = this;
    const { units: H, stepFeatures: F } = shape;
    const at = t * 4 * H;
    const present = presence[t]!;
    const dGates = new Float64Array(4 * H);
    let dPresence = 0;
    for (let u = 0; u < H; u++) {
      const input = gates[at + u]!;
      const forget = gates[at + H + u]!;
      const candidate = gates[at + 2 * H + u]!;
      const output = gates[at + 3 * H + u]!;
      const [h, c, stepped] = [hidden[t * H + u]!, cell[t * H + u]!, nextCell[t * H + u]!];
      const bounded = Math.tanh(stepped);
      dPresence += dHidden[u]! * (output * bounded - h) + dCell[u]! * (stepped - c);
      const dStepHidden = present * dHidden[u]!;
      const dStepCell = present * dCell[u]! + dStepHidden * output * (1 - bounded ** 2);
      dGates[u] = dStepCell * candidate * input * (1 - input);
      dGates[H + u] = dStepCell * c * forget * (1 - forget);
      dGates[2 * H + u] = dStepCell * input * (1 - candidate ** 2);
      dGates[3 * H + u] = dStepHidden * bounded * output * (1 - output);
      dHidden[u]! *= 1 - present;
      dCell[u] = (1 - present) * dCell[u]! + dStepCell * forget;
    }
    derivatives.presence[t] = dPresence;
    derivatives.sequence.fill(0, t * F, (t + 1) * F);
    dotRows(derivatives.sequence, t * F, F, dGates, 0, 4 * H, inputKernel, 0);
    dotRows(dHidden, 0, H, dGates, 0, 4 * H, recurrentKernel, 0);
  }
}

/** target[k] += Σ_j x[j] · matrix[j, k]: x [n], target [columns], each from its own place on; the matrix row-major. */
function addRows(
  target: Float64Array,
  targetAt: number,
  columns: number,
  x: Float64Array,
  xAt: number,
  n: number,
  matrix: Float32Array,
  matrixAt: number,
): void {
  for (let j = 0; j < n; j++) {
    const value = x[xAt + j]!;
    if (value === 0) continue;
    const row = matrixAt + j * columns;
    for (let k = 0; k < columns; k++) target[targetAt + k]! += value * matrix[row + k]!;
  }
}

/** target[j] += Σ_k y[k] · matrix[j, k]: the transpose of {@link addRows}; target [n], y [columns]. */
function dotRows(
  target: Float64Array,
  targetAt: number,
  n: number,
  y: Float64Array,
  yAt: number,
  columns: number,
  matrix: Float32Array,
  matrixAt: number,
): void {
  for (let j = 0; j < n; j++) {
    const row = matrixAt + j * columns;
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += y[yAt + k]! * matrix[row + k]!;
    target[targetAt + j]! += sum;
  }
}
