/** Edges, in days after an origin, of the intervals in which the future is learnt and summed. */
export const INTERVAL_EDGES_DAYS = [0, 1, 3, 7, 14, 30, 60, 90, 180, 365] as const;
export const INTERVALS = INTERVAL_EDGES_DAYS.length - 1;
