/** Mean over alternatives. Their likelihoods may differ by many orders of magnitude, so weights are logarithms. */
export class PosteriorMean {
  private most = Number.NEGATIVE_INFINITY;
  private weight = 0;
  private sum = 0;

  /** Adds the weight exp(log) · share, and exp(log) · total to the weighted sum. */
  add(log: number, share: number, total: number): void {
    if (log > this.most) {
      const scale = Math.exp(this.most - log);
      this.weight *= scale;
      this.sum *= scale;
      this.most = log;
    }
    const factor = Math.exp(log - this.most);
    this.weight += factor * share;
    this.sum += factor * total;
  }

  get mean(): number {
    return this.sum / this.weight;
  }
}
