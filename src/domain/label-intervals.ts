/** Edges of the label intervals, in days after an origin. The model learns and sums the future by interval. */
export const INTERVAL_EDGES_DAYS = [0, 1, 3, 7, 14, 30, 60, 90, 180, 365] as const;
export const INTERVALS = INTERVAL_EDGES_DAYS.length - 1;
