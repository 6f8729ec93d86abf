/** Shares of the customers below each cut of the 365-day CLV: 50 % are bronze, 30 % silver, 15 % gold, 5 % platinum. */
export const TIER_SHARES = [0.5, 0.8, 0.95] as const;
