import { expectedOrders } from '../distribution/order-curve';
import { blendCurves, blendOrderValue } from '../scoring/blend';
import { VALUE_SHAPE } from '../scoring/example';
import { ORDER_SEGMENTS } from '../state/order-segments';
import type { BacktestRow } from './backtest';
import { least } from './shape-fit';

/** How to combine the network and the BTYD model, as chosen by a backtest. See BtydModel for each part. */
export interface BlendChoice {
  readonly networkShares: readonly number[]; // [ORDER_SEGMENTS]
  readonly valueShare: number;
}

/** Without evidence: half each, and the BTYD model alone for customers without orders. */
export const UNINFORMED: BlendChoice = {
  networkShares: [0, 0.5, 0.5, 0.5],
  valueShare: 0.5,
};

export const NETWORK_ALONE: BlendChoice = { networkShares: [1, 1, 1, 1], valueShare: 1 };

const SHARES = Array.from({ length: 11 }, (_, i) => i / 10);

/** How far evidence may move a share from its default. */
export interface SharePrior {
  /** Prior standard deviation of a share around its default. */
  readonly deviation: number;
  /** Divides the loss in nats: rows that share a season, or a customer, are weaker evidence than their likelihood suggests. */
  readonly temper: number;
}

/** For a backtest: all rows are of one origin, so all of them had the same season. */
export const BACKTEST_PRIOR: SharePrior = { deviation: 0.25, temper: 4 };
/** Maximum number of a customer's orders that count in the value loss, as in training. */
const MOST_VALUED = 5;

export function chooseBlend(rows: readonly BacktestRow[], prior = BACKTEST_PRIOR): BlendChoice {
  return {
    networkShares: ORDER_SEGMENTS.map((_, segment) => orderShare(rows, segment, prior)),
    valueShare: chooseValueShare(rows, prior),
  };
}

/** Expected orders of a row in its window for a given network share, before the factor on the total. */
export function blendedOrders({ networkCurve, btydCurve, days }: BacktestRow, networkShare: number): number {
  return expectedOrders(blendCurves(networkCurve, btydCurve, networkShare), days);
}

export function blendedValue({ networkValue, btydValue }: BacktestRow, networkShare: number): number {
  return blendOrderValue(networkValue, btydValue, networkShare);
}

/**
 * The share with the least Poisson loss in the segment. Predictions are first scaled to the actual total, because the total is corrected
 * separately.
 */
function orderShare(rows: readonly BacktestRow[], segment: number, prior: SharePrior): number {
  const members = rows.filter((row) => row.segment === segment);
  const actual = total(members, ({ orders }) => orders);
  if (actual === 0) return UNINFORMED.networkShares[segment]!;
  return penalised((share) => {
    const predicted = members.map((row) => Math.max(1e-9, blendedOrders(row, share)));
    const factor = actual / predicted.reduce((sum, orders) => sum + orders, 0);
    return members.reduce((loss, { orders }, i) => loss - orders * Math.log(factor * predicted[i]!), 0);
  }, prior);
}

/** The share with the least gamma deviance of the mean order values, as in training. */
export function chooseValueShare(rows: readonly BacktestRow[], prior = BACKTEST_PRIOR): number {
  const members = rows.filter(({ valuedOrders }) => valuedOrders > 0);
  return penalised(
    (share) =>
      total(members, (row) => {
        const ratio = row.ordered / row.valuedOrders / blendedValue(row, share);
        return VALUE_SHAPE * Math.min(row.valuedOrders, MOST_VALUED) * (ratio - Math.log(ratio) - 1);
      }),
    prior,
  );
}

/** The share with the least tempered loss, shrunk to its default. */
export function penalised(loss: (share: number) => number, prior = BACKTEST_PRIOR, byDefault = 0.5): number {
  const { deviation, temper } = prior;
  return least(SHARES, (share) => loss(share) / temper + ((share - byDefault) / deviation) ** 2 / 2);
}

function total<T>(rows: readonly T[], of: (row: T) => number): number {
  return rows.reduce((sum, row) => sum + of(row), 0);
}
