/**
 * Largest amount of one order, refund or cancellation, minor units. Some 1.5 million US dollars even in rials with two decimals, the
 * currency of least value; 10^12 in euros.
 */
export const MOST_AMOUNT_MINOR = 1e14;

/** Where a running sum stops. One more amount keeps it an exact integer: 2^52 + 10^14 lies below 2^53. */
export const MOST_SUM = 2 ** 52;

/**
 * Adds what is not negative and stops at {@link MOST_SUM}. It commutes: whatever the order of the amounts, the outcome is the lesser of
 * their exact sum and the limit. So the sum of any number of amounts stays encodable and does not depend on their order.
 */
export function boundedSum(a: number, b: number): number {
  return Math.min(MOST_SUM, a + b);
}
