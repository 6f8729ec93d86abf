import { addProduct } from './arithmetic';
import type { NetworkWeights } from './weights';

/**
 * Attention over the kept events (Luong, Pham, Manning 2015, "general" score). The query q is the top layer's h after the virtual step.
 * The key k_t is that h after the t-th kept event. Then s_t = (qW)·k_t ÷ √H and context = Σ e^(s_t) k_t ÷ (1 + Σ e^(s_t)), where H is the
 * number of units. The 1 stands for the zero state at the window start, which is a key too. So the network can attend to nothing, and an
 * empty window has a context. A state does not store the keys. Therefore reading the heads replays the window, which costs O(window).
 */
export class Attention {
  private readonly kernel: Float32Array; // [H, H]
  private readonly units: number;
  private readonly query: Float64Array; // [H], qW ÷ √H
  private readonly context: Float64Array; // [H]
  private keys = new Float32Array(0); // [count, H]
  private scores = new Float64Array(0); // [count]
  private count = 0;

  constructor(weights: NetworkWeights) {
    this.kernel = weights.attentionKernel;
    this.units = weights.shape.units;
    this.query = new Float64Array(this.units);
    this.context = new Float64Array(this.units);
  }

  /** Removes all keys. */
  begin(): void {
    this.count = 0;
  }

  /** Copies H numbers (the units) from `at` on. */
  addKey(hidden: Float32Array, at: number): void {
    const { units: H } = this;
    const end = (this.count + 1) * H;
    if (end > this.keys.length) {
      const grown = new Float32Array(2 * end);
      grown.set(this.keys);
      this.keys = grown;
      this.scores = new Float64Array(grown.length / H);
    }
    for (let u = 0; u < H; u++) this.keys[this.count * H + u] = hidden[at + u]!;
    this.count += 1;
  }

  /** The context [H] of the query in `hidden` from `at` on, valid until the next call. */
  read(hidden: Float32Array, at: number): Float64Array {
    const { units: H, query, context, keys, scores, count } = this;
    query.fill(0);
    addProduct(query, hidden, at, H, this.kernel, 0);
    let most = 0;
    for (let t = 0; t < count; t++) {
      let score = 0;
      for (let u = 0; u < H; u++) score += query[u]! * keys[t * H + u]!;
      scores[t] = score / Math.sqrt(H);
      most = Math.max(most, scores[t]!);
    }
    context.fill(0);
    let total = Math.exp(-most);
    for (let t = 0; t < count; t++) {
      const weight = Math.exp(scores[t]! - most);
      total += weight;
      for (let u = 0; u < H; u++) context[u]! += weight * keys[t * H + u]!;
    }
    for (let u = 0; u < H; u++) context[u]! /= total;
    return context;
  }
}
