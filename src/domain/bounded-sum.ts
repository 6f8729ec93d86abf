/**
 * Largest amount of one order, refund or cancellation, minor units: 10^12 in euros. Even in rials with two decimals, the currency of
 * least value, it is about 1.5 million US dollars.
 */
export const MOST_AMOUNT_MINOR = 1e14;

/** Where a running sum stops. One more amount keeps it an exact integer: 2^52 + 10^14 is below 2^53. */
export const MOST_SUM = 2 ** 52;

/**
 * Adds two non-negative amounts and stops at {@link MOST_SUM}. It commutes: in any order, the result is the smaller of the exact sum and
 * the limit. So any number of amounts can be stored, and their order does not matter.
 */
export function boundedSum(a: number, b: number): number {
  return Math.min(MOST_SUM, a + b);
}
