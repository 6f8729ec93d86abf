import { normalCdf } from '../distribution/normal';

/** One paired observation of a trial: what the contender lost less than the incumbent at one origin, nats. */
export interface Gain {
  readonly customerId: string;
  /** Week of the origin. All customers of a week share its season. */
  readonly week: number;
  readonly gain: number;
}

export interface Evidence {
  readonly customers: number;
  /** Mean gain per origin, nats. */
  readonly mean: number;
  /** Standard error of the mean, by the larger of two clusterings: customers and weeks. 0 if all gains are equal. */
  readonly error: number;
  readonly z: number;
}

/** Minimum number of weeks whose spread counts. With fewer, it says too little. */
const LEAST_WEEKS = 4;

/**
 * The mean gain with its clustered standard error (linearised variance of a ratio estimator). What one customer did counts in several
 * origins, and one season in many customers, so the larger of both errors counts.
 */
export function evidenceOf(gains: readonly Gain[]): Evidence {
  const customers = clusters(gains, ({ customerId }) => customerId);
  const weeks = clusters(gains, ({ week }) => week);
  if (gains.length === 0) return { customers: 0, mean: 0, error: 0, z: 0 };
  const mean = gains.reduce((sum, { gain }) => sum + gain, 0) / gains.length;
  const byWeek = weeks.length < LEAST_WEEKS ? 0 : clusteredError(weeks, mean, gains.length);
  const error = Math.max(clusteredError(customers, mean, gains.length), byWeek);
  // If all gains are equal, there is no error to compare the mean with.
  return { customers: customers.length, mean, error, z: error > 0 ? mean / error : 0 };
}

interface Cluster {
  sum: number;
  count: number;
}

function clusters(gains: readonly Gain[], keyOf: (gain: Gain) => string | number): Cluster[] {
  const byKey = new Map<string | number, Cluster>();
  for (const one of gains) {
    const cluster = byKey.get(keyOf(one)) ?? { sum: 0, count: 0 };
    cluster.sum += one.gain;
    cluster.count++;
    byKey.set(keyOf(one), cluster);
  }
  return [...byKey.values()];
}

function clusteredError(members: readonly Cluster[], mean: number, count: number): number {
  const squares = members.reduce((total, cluster) => total + (cluster.sum - mean * cluster.count) ** 2, 0);
  return Math.sqrt((members.length / Math.max(1, members.length - 1)) * squares) / count;
}

/**
 * Inverse variance of the prior of the mean gain, in standard deviations of one customer's gain. The e-value holds for every choice; this one
 * is for gains of about a tenth of their standard deviation.
 */
const PRIOR_CUSTOMERS = 100;

/**
 * Evidence against "the mean is at most 0", however often one looks: if that holds, the e-value ever reaches 1/α with a chance of at most α.
 * It is the likelihood ratio of a normal mean, mixed over positive means with a half-normal prior, with the estimated variance. So it holds
 * for many customers (Robbins 1970; Waudby-Smith and others 2024, asymptotic confidence sequences).
 */
export function eValue({ z, customers }: Pick<Evidence, 'z' | 'customers'>): number {
  const prior = customers / PRIOR_CUSTOMERS;
  const shrinkage = prior / (1 + prior);
  return (2 * Math.exp((z * z * shrinkage) / 2) * normalCdf(z * Math.sqrt(shrinkage))) / Math.sqrt(1 + prior);
}
