import { Attention } from './attention';
import { type KernelMemory, kernelMemory } from './kernel-memory';
import { readWidth, stateSizes } from './shape';
import type { NetworkWeights } from './weights';

/**
 * The served network, stepped event by event. The step and the heads run in a WebAssembly kernel with its own copy of the weights;
 * decision 85 says how near it is to the formulas. It holds scratch space, so use one per thread.
 */
export class Network {
  /** True if the heads read all kept steps, not only the last. Then call {@link begin}, and {@link remember} after each kept event. */
  readonly attends: boolean;
  private readonly memory: KernelMemory;
  private readonly attention: Attention | null;
  private readonly topAt: number;

  constructor(private readonly weights: NetworkWeights) {
    const { layers, units, attention } = weights.shape;
    this.memory = kernelMemory(weights);
    this.attention = attention ? new Attention(weights) : null;
    this.attends = attention;
    this.topAt = (layers - 1) * units;
  }

  /**
   * One step on h and c of all layers, in place; sizes as in `stateSizes`. `x` holds the step features from `at` on. h and c are rounded
   * to float32 once per step. So one more step and a full replay give the same bits.
   */
  step(hidden: Float32Array, cell: Float32Array, x: Float32Array, at = 0): void {
    this.stepInside(hidden, cell, x, at);
    const { numbers, hidden: hiddenAt, cell: cellAt } = this.memory;
    const { units: H } = this.weights.shape;
    const layers = hiddenAt.length;
    for (let l = 0; l < layers; l++) {
      copyOut(hidden, l * H, numbers, hiddenAt[l]!, H);
      if (cell.length > 0) copyOut(cell, l * H, numbers, cellAt[l]!, H);
    }
  }

  /**
   * The raw outputs [5] after one more step, valid until the next call, as {@link step} and {@link read} give them. h and c stay as they
   * are. Not for a network that attends.
   */
  readAfterStep(hidden: Float32Array, cell: Float32Array, x: Float32Array, summary: Float32Array): Float64Array {
    this.stepInside(hidden, cell, x, 0);
    const { numbers, read, hidden: hiddenAt } = this.memory;
    const topAt = hiddenAt[hiddenAt.length - 1]!;
    for (let i = 0; i < this.weights.shape.units; i++) numbers[read + i] = numbers[topAt + i]!;
    return this.readInside(summary);
  }

  /** Call it at the window start, before the first kept event. */
  begin(): void {
    this.attention?.begin();
  }

  /** Call it with the state after each kept event. */
  remember(hidden: Float32Array): void {
    this.attention?.addKey(hidden, this.topAt);
  }

  /** h after the virtual step, summary [S] → raw outputs [5], valid until the next call. */
  read(hidden: Float32Array, summary: Float32Array): Float64Array {
    const { numbers, read } = this.memory;
    const { units: H } = this.weights.shape;
    const { attention, topAt } = this;
    copyIn(numbers, read, hidden, topAt, H);
    if (attention !== null) numbers.set(attention.read(hidden, topAt), read + H);
    return this.readInside(summary);
  }

  /** The step in the kernel's memory. It leaves the new h and c there, rounded. */
  private stepInside(hidden: Float32Array, cell: Float32Array, x: Float32Array, at: number): void {
    const { kernel, numbers, x: xAt, hidden: hiddenAt, cell: cellAt } = this.memory;
    const { stepFeatures: F, units: H } = this.weights.shape;
    const layers = hiddenAt.length;
    copyIn(numbers, xAt, x, at, F);
    for (let l = 0; l < layers; l++) {
      copyIn(numbers, hiddenAt[l]!, hidden, l * H, H);
      if (cell.length > 0) copyIn(numbers, cellAt[l]!, cell, l * H, H);
    }
    kernel.step(0, layers);
  }

  /** The heads of what was put into the kernel's memory for them. */
  private readInside(summary: Float32Array): Float64Array {
    const { kernel, numbers, read, heads, outputs } = this.memory;
    copyIn(numbers, read + readWidth(this.weights.shape), summary, 0, this.weights.shape.summaryFeatures);
    kernel.read(heads);
    return outputs;
  }

  /** Raw outputs [5] of a sequence [T, F] from the zero state, with its virtual step last. */
  outputs(steps: number, sequence: Float32Array, summary: Float32Array): Float64Array {
    const { shape } = this.weights;
    const sizes = stateSizes(shape);
    const hidden = new Float32Array(sizes.hidden);
    const cell = new Float32Array(sizes.cell);
    this.begin();
    for (let t = 0; t < steps; t++) {
      if (t > 0) this.remember(hidden);
      this.step(hidden, cell, sequence, t * shape.stepFeatures);
    }
    return this.read(hidden, summary);
  }
}

/** A loop: for so few numbers it is faster than TypedArray.set. */
function copyIn(numbers: Float64Array, to: number, from: Float32Array, at: number, count: number): void {
  for (let i = 0; i < count; i++) numbers[to + i] = from[at + i]!;
}

function copyOut(to: Float32Array, at: number, numbers: Float64Array, from: number, count: number): void {
  for (let i = 0; i < count; i++) to[at + i] = numbers[from + i]!;
}
