/** One round of successive halving: so many search runs, each learning from a share of the customers. */
export interface Rung {
  readonly trials: number;
  /** 0…1; 1 in the last rung. */
  readonly share: number;
}

const MOST_RUNGS = 4;
/** So many go into the last rung at most: a comparison of the best on everything. */
const LAST_TRIALS = 2;

/**
 * Successive halving (Jamieson and Talwalkar 2016) with customers as the budget: each rung keeps half of the search runs, the better ones, rounded
 * up, and gives them twice the customers, so that each costs about the same. No rung learns from fewer than `leastCustomers`.
 */
export function rungsOf(trials: number, customers: number, leastCustomers: number): Rung[] {
  const sizes = [trials];
  while (sizes.length < MOST_RUNGS && sizes[sizes.length - 1]! > LAST_TRIALS) {
    sizes.push(Math.ceil(sizes[sizes.length - 1]! / 2));
  }
  const least = Math.min(1, leastCustomers / customers);
  return sizes.map((size, i) => ({ trials: size, share: Math.max(least, 2 ** (i + 1 - sizes.length)) }));
}

export interface Scored {
  readonly trial: number;
  /** Less is better; not finite where it could not be trained. */
  readonly score: number;
}

/** The best `count`, best first; ties to the earlier search run, failures last. */
export function best(scored: readonly Scored[], count: number): number[] {
  const rank = ({ score }: Scored) => (Number.isFinite(score) ? score : Number.POSITIVE_INFINITY);
  const sorted = [...scored].sort((a, b) => {
    const [one, other] = [rank(a), rank(b)];
    return one === other ? a.trial - b.trial : one - other;
  });
  return sorted.slice(0, count).map(({ trial }) => trial);
}
