import type { BtydModel, ShapeCalibration } from '../btyd/btyd-model';
import type { OrderValuePrior } from '../btyd/order-value-prior';
import type { ParetoNbd } from '../btyd/pareto-nbd';
import { ORDER_SEGMENTS } from '../state/order-segments';
import { chooseBlend, NETWORK_ALONE, type SharePrior } from './blend-choice';
import { endedIntervals, recentLevel } from './level';
import { segmentFactors } from './segment-factors';
import { calibrateShapes } from './shape-calibration';
import type { StreamRow } from './stream-row';

/** Longest window of a row from which shares and shapes are chosen, days. */
const LONGEST_WINDOW_DAYS = 90;
/** Rows of many origins saw many seasons, but a customer has several rows, whose windows overlap. */
const STREAM_PRIOR: SharePrior = { deviation: 0.5, temper: 2 };
/** The BTYD fit of the shop. */
export interface ShopFit {
  readonly paretoNbd: ParetoNbd;
  readonly orderValue: OrderValuePrior;
}

/** Stands where no Pareto/NBD could be fitted. Its share is 0 everywhere, so its numbers do not matter. Days. */
export const NO_PARETO_NBD: ParetoNbd = { r: 1, alpha: 100, s: 1, beta: 100 };

/**
 * How to blend now, chosen on what has matured on the stream: the network's shares on all origins, the shapes on one origin per customer,
 * the factors by order segment and the level on all intervals that ended lately. Without a BTYD fit (null), the network has every share, and
 * the rest is chosen for it alone.
 */
export function blendOnStream(fit: ShopFit | null, rows: readonly StreamRow[], clockS: number): BtydModel {
  const judged = onePerCustomer(rows);
  const choice =
    fit === null
      ? NETWORK_ALONE
      : chooseBlend(
          rows.filter(({ days }) => days <= LONGEST_WINDOW_DAYS),
          STREAM_PRIOR,
        );
  const intervals = endedIntervals(rows, choice, clockS);
  const factors = segmentFactors(intervals);
  const level = recentLevel(
    intervals.map((interval) => ({ ...interval, expected: interval.expected * factors[interval.segment]! })),
  );
  return {
    paretoNbd: fit?.paretoNbd ?? NO_PARETO_NBD,
    networkShares: choice.networkShares,
    level,
    segmentFactors: factors,
    ...(fit === null ? {} : { value: { prior: fit.orderValue, networkShare: choice.valueShare } }),
    calibration: provenShapes(calibrateShapes(judged, choice, level, factors), judged),
  };
}

/**
 * The dispersion is one number for all horizons, and the year is wider than the weeks say. So the counts get narrower than the network's only
 * as far as long windows have matured: by the share of the segment's rows with a window of LONGEST_WINDOW_DAYS.
 */
function provenShapes(shapes: ShapeCalibration, rows: readonly StreamRow[]): ShapeCalibration {
  const dispersion = ORDER_SEGMENTS.map((_, s) => {
    const members = rows.filter(({ segment }) => segment === s);
    const long = members.filter(({ days }) => days >= LONGEST_WINDOW_DAYS).length;
    const factor = shapes.dispersion[s]!;
    return factor < 1 ? factor ** (long / Math.max(1, members.length)) : factor;
  });
  return { ...shapes, dispersion };
}

/** Of each customer the origin with the longest window up to LONGEST_WINDOW_DAYS, the latest of these. Several would count the same orders. */
function onePerCustomer(rows: readonly StreamRow[]): StreamRow[] {
  const best = new Map<string, StreamRow>();
  for (const row of rows) {
    if (row.days > LONGEST_WINDOW_DAYS) continue;
    const other = best.get(row.customerId);
    if (other === undefined || row.days > other.days || (row.days === other.days && row.atS > other.atS))
      best.set(row.customerId, row);
  }
  return [...best.values()];
}
