import type { CustomerForecast } from '../../domain/metrics/forecast';
import type { KnownCustomer } from './customer-history';

export const STRUCTURAL_PEERS = ['pareto_nbd', 'bg_nbd', 'past_rate'] as const;
export const REGRESSION_PEERS = ['linear', 'tree', 'forest', 'svr'] as const;
export const PEERS = [...STRUCTURAL_PEERS, ...REGRESSION_PEERS] as const;
export type StructuralPeer = (typeof STRUCTURAL_PEERS)[number];
export type PeerName = (typeof PEERS)[number];

/** A fitted model: what it says of customers for the days after the instant they are asked at. */
export type Forecaster = (customers: readonly KnownCustomer[], days: number) => CustomerForecast[];

/** When and on what peers learn. */
export interface PeerTask {
  /** Nothing at or after this instant is read, seconds. */
  readonly asOfS: number;
  /** Length of the label window that ends at `asOfS`, days: the horizon, or less where the history is short. */
  readonly windowDays: number;
  readonly minorPerMajor: number;
  readonly seed: number;
}
