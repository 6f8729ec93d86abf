import { addRows, dotRows } from './row-products';

/**
 * The attention of src/domain/network/attention.ts in float64, with backpropagation. The key of a step with presence p counts p times:
 * context = Σ p_t e^(s_t) k_t ÷ (1 + Σ p_t e^(s_t)).
 */
export class AttentionGradient {
  readonly context: Float64Array; // [H]
  private readonly query: Float64Array; // [H], qW ÷ √H
  private readonly odds: Float64Array; // [keys], e^(s_t) ÷ (1 + Σ p e^s)
  private readonly scale: number;

  constructor(
    private readonly kernel: Float32Array, // [H, H]
    private readonly units: number,
    maxSteps: number,
  ) {
    this.context = new Float64Array(units);
    this.query = new Float64Array(units);
    this.odds = new Float64Array(maxSteps);
    this.scale = 1 / Math.sqrt(units);
  }

  /**
   * `hidden` [T + 1, H]: h before each of the T steps and after the last. The last one is the query; those after the other steps are the
   * keys.
   */
  forward(steps: number, presence: Float64Array, hidden: Float64Array): void {
    const { units: H, query, odds, context } = this;
    query.fill(0);
    addRows(query, 0, H, hidden, steps * H, H, this.kernel, 0);
    for (let u = 0; u < H; u++) query[u]! *= this.scale;
    let most = 0;
    for (let t = 0; t < steps - 1; t++) {
      let score = 0;
      for (let u = 0; u < H; u++) score += query[u]! * hidden[(t + 1) * H + u]!;
      odds[t] = score;
      most = Math.max(most, score);
    }
    let total = Math.exp(-most);
    for (let t = 0; t < steps - 1; t++) {
      odds[t] = Math.exp(odds[t]! - most);
      total += presence[t]! * odds[t]!;
    }
    context.fill(0);
    for (let t = 0; t < steps - 1; t++) {
      odds[t]! /= total;
      for (let u = 0; u < H; u++) context[u]! += presence[t]! * odds[t]! * hidden[(t + 1) * H + u]!;
    }
  }

  /**
   * Backpropagates at the point of the last `forward`. Adds what comes through the context to the derivatives by h [T + 1, H] and by the
   * presence.
   */
  backward(
    steps: number,
    presence: Float64Array,
    hidden: Float64Array,
    dContext: Float64Array,
    dHidden: Float64Array,
    dPresence: Float64Array,
  ): void {
    const { units: H, query, odds, context } = this;
    const dQuery = new Float64Array(H);
    let mean = 0;
    for (let u = 0; u < H; u++) mean += dContext[u]! * context[u]!;
    for (let t = 0; t < steps - 1; t++) {
      const at = (t + 1) * H;
      let own = 0;
      for (let u = 0; u < H; u++) own += dContext[u]! * hidden[at + u]!;
      const share = presence[t]! * odds[t]!;
      const dScore = share * (own - mean);
      dPresence[t]! += odds[t]! * (own - mean);
      for (let u = 0; u < H; u++) {
        dQuery[u]! += dScore * this.scale * hidden[at + u]!;
        dHidden[at + u]! += share * dContext[u]! + dScore * query[u]!;
      }
    }
    dotRows(dHidden, steps * H, H, dQuery, 0, H, this.kernel, 0);
  }
}
