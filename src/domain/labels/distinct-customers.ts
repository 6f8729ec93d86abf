/** Most customers that are kept by hash. Up to this number the count is exact. */
const KEPT = 64;

/** Serialised form. `hashes` rise. */
export interface DistinctState {
  readonly level: number;
  readonly hashes: readonly number[];
}

/**
 * Counts distinct customers in bounded memory. When there are too many, it keeps only those whose hash ends in one zero bit more (adaptive
 * sampling: Flajolet 1990, "On adaptive sampling"). The count is exact up to 64, and beyond it off by about 15 %. It depends on the set
 * alone, not on the order or on repeats.
 */
export class DistinctCustomers {
  private level: number;
  private hashes: Set<number>;

  constructor(state: DistinctState = { level: 0, hashes: [] }) {
    this.level = state.level;
    this.hashes = new Set(state.hashes);
  }

  get count(): number {
    return this.hashes.size * 2 ** this.level;
  }

  /** `hash`: 32 bits that are well mixed. */
  add(hash: number): void {
    if (!endsInZeros(hash, this.level)) return;
    this.hashes.add(hash);
    this.thin();
  }

  addAll(other: DistinctCustomers): void {
    this.level = Math.max(this.level, other.level);
    this.hashes = new Set([...this.hashes, ...other.hashes].filter((hash) => endsInZeros(hash, this.level)));
    this.thin();
  }

  state(): DistinctState {
    return { level: this.level, hashes: [...this.hashes].sort((a, b) => a - b) };
  }

  private thin(): void {
    while (this.hashes.size > KEPT && this.level < 31) {
      this.level++;
      for (const hash of this.hashes) if (!endsInZeros(hash, this.level)) this.hashes.delete(hash);
    }
  }
}

function endsInZeros(hash: number, bits: number): boolean {
  return (hash & (2 ** bits - 1)) === 0;
}
