/** Edges, in days after an origin, of the blocks in which the future is learnt and summed. */
export const BLOCK_EDGES_DAYS = [0, 1, 3, 7, 14, 30, 60, 90, 180, 365] as const;
export const BLOCKS = BLOCK_EDGES_DAYS.length - 1;
