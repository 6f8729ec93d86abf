/** One round of successive halving: a number of search runs, each trained on a share of the customers. */
export interface Rung {
  readonly trials: number;
  /** 0…1; 1 in the last rung. */
  readonly share: number;
}

const MOST_RUNGS = 4;
/** Maximum search runs in the last rung, which compares the best on all customers. */
const LAST_TRIALS = 2;

/**
 * Successive halving (Jamieson and Talwalkar 2016) with customers as the budget. Each rung keeps the better half of the search runs,
 * rounded up, and doubles the customers, so all rungs cost about the same. No rung trains on fewer than `leastCustomers`.
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
  /** Less is better. Not finite if the run could not be trained. */
  readonly score: number;
}

/** The best `count` search runs, best first. On a tie the earlier one comes first; failures come last. */
export function best(scored: readonly Scored[], count: number): number[] {
  const rank = ({ score }: Scored) => (Number.isFinite(score) ? score : Number.POSITIVE_INFINITY);
  const sorted = [...scored].sort((a, b) => {
    const [one, other] = [rank(a), rank(b)];
    return one === other ? a.trial - b.trial : one - other;
  });
  return sorted.slice(0, count).map(({ trial }) => trial);
}
