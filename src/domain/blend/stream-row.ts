import type { BacktestRow } from './backtest';

/** A matured forecast origin of the stream: what the network and the BTYD model say at it, and what has happened since. */
export interface StreamRow extends BacktestRow {
  readonly customerId: string;
  readonly atS: number;
  /** Closed label intervals, at least 1. `days` is the end of the last one. */
  readonly closedIntervals: number;
  /** How many origins it stands for, relative to the mean of the rows. */
  readonly represents: number;
  /** Orders in each closed interval. */
  readonly intervalOrders: ArrayLike<number>;
}
