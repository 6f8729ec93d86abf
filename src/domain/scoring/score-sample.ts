import { hashUnit } from '../math/hash';

/** Other samples of customers use other numbers, so that they do not coincide. */
const SALT = 73;

/**
 * The newest score of each customer, or of a sample of them: those with the lowest hashes of their ids. So each customer counts once,
 * however many records they have, and the sample is uniform over the customers. Between `atLeast` and twice as many are kept.
 */
export class ScoreSample {
  private readonly scores = new Map<string, number>();
  /** The sample holds all known customers with a hash below this. Hashes are in [0, 1). */
  private below = 1;

  constructor(private readonly atLeast: number) {}

  /** Whether this customer belongs to the sample. */
  wants(customerId: string): boolean {
    return this.below === 1 || hashUnit(customerId, SALT) < this.below;
  }

  /** Does nothing for a customer outside the sample. */
  set(customerId: string, value: number): void {
    if (!this.wants(customerId)) return;
    this.scores.set(customerId, value);
    if (this.scores.size > 2 * this.atLeast) this.halve();
  }

  /** The customer was erased. */
  remove(customerId: string): void {
    this.scores.delete(customerId);
  }

  get values(): number[] {
    return [...this.scores.values()];
  }

  /** Share of the customers that are in the sample. */
  get share(): number {
    return this.below;
  }

  private halve(): void {
    const hashes = [...this.scores.keys()].map((customerId) => hashUnit(customerId, SALT)).sort((a, b) => a - b);
    this.below = hashes[this.atLeast]!;
    for (const customerId of this.scores.keys()) if (!this.wants(customerId)) this.scores.delete(customerId);
  }
}
