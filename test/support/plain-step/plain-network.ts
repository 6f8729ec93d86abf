import { Attention } from '../../../src/domain/network/attention';
import type { Network } from '../../../src/domain/network/network';
import { stateSizes } from '../../../src/domain/network/shape';
import type { NetworkWeights } from '../../../src/domain/network/weights';
import { recurrentCell } from './cells';
import { Heads } from './heads';
import type { RecurrentCell } from './recurrent-cell';

/**
 * The network stepped in TypeScript, in double precision, with h and c rounded to float32 once per step. The compiled kernel is judged by it
 * and timed against it.
 */
export class PlainNetwork implements Pick<Network, keyof Network> {
  /** True if the heads read all kept steps, not only the last. Then call {@link begin}, and {@link remember} after each kept event. */
  readonly attends: boolean;
  private readonly layers: readonly RecurrentCell[];
  private readonly attention: Attention | null;
  private readonly heads: Heads;
  private readonly units: number;
  private readonly topAt: number;

  constructor(private readonly weights: NetworkWeights) {
    const { layers, units, attention } = weights.shape;
    this.layers = Array.from({ length: layers }, (_, layer) => recurrentCell(weights, layer));
    this.attention = attention ? new Attention(weights) : null;
    this.attends = attention;
    this.heads = new Heads(weights);
    this.units = units;
    this.topAt = (layers - 1) * units;
  }

  /** One step on h and c of all layers, in place; sizes as in `stateSizes`. `x` holds the step features from `at` on. */
  step(hidden: Float32Array, cell: Float32Array, x: Float32Array, at = 0): void {
    const { layers, units } = this;
    layers[0]!.step(hidden, cell, 0, x, at);
    for (let l = 1; l < layers.length; l++) layers[l]!.step(hidden, cell, l * units, hidden, (l - 1) * units);
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
    const context = this.attention === null ? null : this.attention.read(hidden, this.topAt);
    return this.heads.run(hidden, this.topAt, context, summary);
  }

  /** Raw outputs [5] after one more step. h and c stay as they are. */
  readAfterStep(hidden: Float32Array, cell: Float32Array, x: Float32Array, summary: Float32Array): Float64Array {
    const [h, c] = [hidden.slice(), cell.slice()];
    this.step(h, c, x);
    return this.read(h, summary);
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
