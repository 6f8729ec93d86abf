import { isKernel, type WeightTensor } from '../../domain/network/weights';

export type Gradients = Partial<Record<WeightTensor, Float32Array>>;

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

interface Moments {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/**
 * Adam (Kingma and Ba 2015) over plain arrays. The network has some ten thousand numbers. One pass over them costs less than the equivalent
 * TensorFlow.js operations, and leaves no tensor alive between two batches.
 */
export class Adam {
  private readonly moments = new Map<WeightTensor, Moments>();
  private step = 0;

  /** Updates `weights` in place, against their gradients. */
  update(weights: Readonly<Record<WeightTensor, Float32Array>>, gradients: Gradients, learningRate: number): void {
    this.step += 1;
    const bias1 = 1 - BETA1 ** this.step;
    const bias2 = 1 - BETA2 ** this.step;
    for (const [name, gradient] of Object.entries(gradients) as [WeightTensor, Float32Array][]) {
      const { first, second } = this.momentsOf(name, gradient.length);
      const weight = weights[name];
      for (let i = 0; i < gradient.length; i++) {
        const g = gradient[i]!;
        const m = BETA1 * first[i]! + (1 - BETA1) * g;
        const v = BETA2 * second[i]! + (1 - BETA2) * g * g;
        first[i] = m;
        second[i] = v;
        weight[i]! -= (learningRate * (m / bias1)) / (Math.sqrt(v / bias2) + EPSILON);
      }
    }
  }

  private momentsOf(name: WeightTensor, length: number): Moments {
    const cached = this.moments.get(name);
    if (cached) return cached;
    const fresh = { first: new Float64Array(length), second: new Float64Array(length) };
    this.moments.set(name, fresh);
    return fresh;
  }
}

/** Adds the gradient of pull/2·‖w − w₀‖², in place (L2-SP; Li, Grandvalet, Davoine 2018). */
export function addPull(
  gradients: Gradients,
  weights: Readonly<Record<WeightTensor, Float32Array>>,
  start: Readonly<Record<WeightTensor, Float32Array>>,
  pull: number,
): void {
  if (pull === 0) return;
  for (const [name, gradient] of Object.entries(gradients) as [WeightTensor, Float32Array][]) {
    for (let i = 0; i < gradient.length; i++) gradient[i]! += pull * (weights[name][i]! - start[name][i]!);
  }
}

/**
 * Decoupled weight decay, in place: reduces the kernels that have a gradient by a share, apart from Adam's scaling (Loshchilov and Hutter
 * 2019). Biases and the curve determine the overall level, so they don't decay.
 */
export function shrinkKernels(
  weights: Readonly<Record<WeightTensor, Float32Array>>,
  gradients: Gradients,
  share: number,
): void {
  if (share === 0) return;
  for (const name of Object.keys(gradients) as WeightTensor[]) {
    if (!isKernel(name)) continue;
    const kernel = weights[name];
    for (let i = 0; i < kernel.length; i++) kernel[i]! *= 1 - share;
  }
}

/**
 * Scales all gradients down, in place, so that their global norm is at most `clipNorm`. Returns the norm before (NaN if any is not finite).
 */
export function clipToNorm(gradients: Gradients, clipNorm: number): number {
  let squares = 0;
  for (const gradient of Object.values(gradients)) for (const g of gradient) squares += g * g;
  const norm = Math.sqrt(squares);
  if (norm > clipNorm) {
    const scale = clipNorm / norm;
    for (const gradient of Object.values(gradients)) for (let i = 0; i < gradient.length; i++) gradient[i]! *= scale;
  }
  return norm;
}
