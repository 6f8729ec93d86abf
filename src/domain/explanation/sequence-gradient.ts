import { layerWeights } from '../network/layer-weights';
import { OUTPUTS, readWidth } from '../network/shape';
import type { NetworkWeights } from '../network/weights';
import { AttentionGradient } from './attention-gradient';
import { CELL_GRADIENTS } from './cell-gradients';
import { LayerGradient } from './layer-gradient';
import { addRows, dotRows } from './row-products';

/** The point at which a gradient is taken, with T steps. All in float64: rounding to float32 would make the function a staircase. */
export interface SequencePoint {
  readonly steps: number; // T
  /** Presence of each step, 0…1: see layer-gradient.ts. 1 is the served step; 0 skips it. */
  readonly presence: Float64Array; // [T]
  readonly sequence: Float64Array; // [T, F]
  readonly summary: Float64Array; // [S]
}

/** Derivatives of a weighted sum of the raw outputs, in the shapes of {@link SequencePoint}. The next call overwrites them. */
export interface SequenceDerivatives {
  readonly presence: Float64Array; // [T]
  readonly sequence: Float64Array; // [T, F]
  readonly summary: Float64Array; // [S]
}

/**
 * The network of src/domain/network with hand-written derivatives of its raw outputs by its inputs: a forward pass that keeps everything,
 * then a backward pass. For sequences of at most `maxSteps` steps. It holds scratch space.
 */
export class SequenceGradient {
  private readonly layers: readonly LayerGradient[];
  private readonly attention: AttentionGradient | null;
  private readonly dense: Float64Array; // [D], activated
  private readonly outputs = new Float64Array(OUTPUTS);
  private readonly derivatives: SequenceDerivatives;

  constructor(
    private readonly weights: NetworkWeights,
    maxSteps: number,
  ) {
    const { shape, attentionKernel } = weights;
    const { units: H, stepFeatures: F, summaryFeatures: S, headUnits: D } = shape;
    this.layers = Array.from(
      { length: shape.layers },
      (_, layer) => new LayerGradient(layerWeights(weights, layer), CELL_GRADIENTS[shape.cell], maxSteps),
    );
    this.attention = shape.attention ? new AttentionGradient(attentionKernel, H, maxSteps) : null;
    this.dense = new Float64Array(D);
    this.derivatives = {
      presence: new Float64Array(maxSteps),
      sequence: new Float64Array(maxSteps * F),
      summary: new Float64Array(S),
    };
  }

  /** Raw outputs [5], valid until the next call. */
  forward({ steps, presence, sequence, summary }: SequencePoint): Float64Array {
    const { units: H, headUnits: D, summaryFeatures: S } = this.weights.shape;
    const { headKernel, headBias, outputKernel, outputBias } = this.weights;
    const { layers, attention, dense, outputs } = this;
    // A layer reads the layer below after the same step: its hidden states without the first one.
    layers.forEach((layer, l) => {
      if (l === 0) layer.forward(steps, presence, sequence, 0);
      else layer.forward(steps, presence, layers[l - 1]!.hidden, H);
    });
    const { hidden } = layers[layers.length - 1]!;
    dense.set(headBias);
    addRows(dense, 0, D, hidden, steps * H, H, headKernel, 0);
    if (attention !== null) {
      attention.forward(steps, presence, hidden);
      addRows(dense, 0, D, attention.context, 0, H, headKernel, H * D);
    }
    addRows(dense, 0, D, summary, 0, S, headKernel, readWidth(this.weights.shape) * D);
    for (let d = 0; d < D; d++) dense[d] = Math.tanh(dense[d]!);
    outputs.set(outputBias);
    addRows(outputs, 0, OUTPUTS, dense, 0, D, outputKernel, 0);
    return outputs;
  }

  /** Derivatives of Σ dOutputs · outputs at the point of the last `forward`. */
  backward({ steps, presence }: SequencePoint, dOutputs: ArrayLike<number>): SequenceDerivatives {
    const { units: H, headUnits: D, summaryFeatures: S } = this.weights.shape;
    const { headKernel, outputKernel } = this.weights;
    const { layers, attention, derivatives } = this;
    const dDense = new Float64Array(D);
    for (let d = 0; d < D; d++) {
      let sum = 0;
      for (let k = 0; k < OUTPUTS; k++) sum += outputKernel[d * OUTPUTS + k]! * dOutputs[k]!;
      dDense[d] = sum * (1 - this.dense[d]! ** 2);
    }
    derivatives.presence.fill(0);
    derivatives.sequence.fill(0);
    derivatives.summary.fill(0);
    dotRows(derivatives.summary, 0, S, dDense, 0, D, headKernel, readWidth(this.weights.shape) * D);
    for (const layer of layers) layer.dHidden.fill(0);
    const { hidden, dHidden } = layers[layers.length - 1]!;
    dotRows(dHidden, steps * H, H, dDense, 0, D, headKernel, 0);
    if (attention !== null) {
      const dContext = new Float64Array(H);
      dotRows(dContext, 0, H, dDense, 0, D, headKernel, H * D);
      attention.backward(steps, presence, hidden, dContext, dHidden, derivatives.presence);
    }
    for (let l = layers.length - 1; l >= 0; l--) {
      if (l === 0) layers[0]!.backward(steps, presence, derivatives.sequence, 0, derivatives.presence);
      else layers[l]!.backward(steps, presence, layers[l - 1]!.dHidden, H, derivatives.presence);
    }
    return derivatives;
  }
}
