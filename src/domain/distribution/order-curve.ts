import { type CountShape, meanForZero, probabilityOfZero } from './count-distribution';

/**
 * The expected number of orders within h days, for any h: Λ(h) = A·(B/κ)·[1 − (B/(B+h))^κ], κ > −1. The conditional mean of Pareto/NBD is
 * the special case A = P(alive)(r+x)/(α+T), B = β+T, κ = s−1 (Schmittlein, Morrison, Colombo 1987).
 */
export interface OrderCurve {
  /** A: expected orders per day at the origin. */
  readonly ratePerDay: number;
  /** B: time scale in days over which the rate falls. */
  readonly scaleDays: number;
  /** κ: tail of the curve. At or below 0 the expected orders grow without limit. */
  readonly shape: number;
}

/** Λ(h), computed as −A·B·expm1(−κ·log1p(h/B))/κ. Near κ = 0 its series is used. */
export function expectedOrders(curve: OrderCurve, days: number): number {
  const { ratePerDay: A, scaleDays: B, shape: k } = curve;
  const log = Math.log1p(days / B);
  if (Math.abs(k) < 1e-6) return A * B * log * (1 - 0.5 * k * log);
  return (-A * B * Math.expm1(-k * log)) / k;
}

/** 1 − P(0) of the count whose mean is Λ(h). */
export function orderProbability(curve: OrderCurve, { dispersion, erlangShape }: CountShape, days: number): number {
  return 1 - probabilityOfZero({ mean: expectedOrders(curve, days), dispersion, erlangShape });
}

/** Longest wait for which a next-order date is computed, days. */
export const LONGEST_WAIT_DAYS = 3650;

/** Days until the next order has happened with probability p. null if that takes longer than {@link LONGEST_WAIT_DAYS}. */
export function daysUntilOrder(curve: OrderCurve, count: CountShape, p: number): number | null {
  // Solves P(0) = 1 − p for Λ, then Λ(h) = target for h in closed form.
  const target = meanForZero(count, 1 - p);
  const { ratePerDay: A, scaleDays: B, shape: k } = curve;
  const reach = target / (A * B);
  const log = Math.abs(k) < 1e-6 ? reach : k * reach < 1 ? -Math.log1p(-k * reach) / k : Number.POSITIVE_INFINITY;
  const days = B * Math.expm1(log);
  return days <= LONGEST_WAIT_DAYS ? days : null;
}
