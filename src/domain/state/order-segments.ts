/**
 * Customers grouped by their orders so far. Sampling, calibration, the blend and every report use this one list. Artefacts store factors
 * in this order: if you change the list, you change the artefact.
 */
export const ORDER_SEGMENTS = [
  { name: '0', least: 0 },
  { name: '1', least: 1 },
  { name: '2-3', least: 2 },
  { name: '4+', least: 4 },
] as const;

/** Index into {@link ORDER_SEGMENTS} for a number of orders ≥ 0. */
export function segmentOf(orders: number): number {
  return ORDER_SEGMENTS.filter(({ least }) => orders >= least).length - 1;
}
