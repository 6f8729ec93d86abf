import type { CountShape } from '../distribution/count-distribution';
import { expectedOrders } from '../distribution/order-curve';
import type { OriginLabel } from '../scoring/example';
import type { HeadOutputs } from '../scoring/model';

/**
 * Days after its origin at which a stored score is judged. Each is an edge of the label intervals, so an interval closes with each
 * horizon.
 */
export const PREQUENTIAL_HORIZONS_DAYS = [7, 30, 90, 365] as const;

/** The score of the version in force at the origin. The figures of every horizon are derived from it. */
export interface StoredScore {
  readonly modelVersion: string;
  readonly outputs: HeadOutputs;
}

/** A stored score and what happened within one horizon. Money in minor units. */
export interface JudgedScore {
  /** Index of {@link PREQUENTIAL_HORIZONS_DAYS}. */
  readonly horizon: number;
  /** Running number of the judged scores of a partition and horizon, from 0, in the order of their origins. */
  readonly sequence: number;
  /** Event time of the origin, seconds. */
  readonly atS: number;
  readonly modelVersion: string;
  /** Order segment of the customer at the origin. */
  readonly segment: number;
  readonly predicted: CountShape & {
    readonly orders: number;
    readonly spendMinor: number;
    /** σ of ln spend, given an order. */
    readonly logSpendSigma: number;
  };
  readonly actual: { readonly orders: number; readonly spendMinor: number };
}

/** The score's figures at a horizon, next to a label that has matured exactly up to that horizon. */
export function judgeScore({ outputs }: StoredScore, horizon: number, label: OriginLabel) {
  const orders = expectedOrders(outputs.curve, PREQUENTIAL_HORIZONS_DAYS[horizon]!);
  return {
    predicted: {
      orders,
      dispersion: outputs.dispersion,
      ...(outputs.erlangShape === undefined ? {} : { erlangShape: outputs.erlangShape }),
      spendMinor: orders * outputs.orderValueMinor,
      logSpendSigma: outputs.logSpendSigma,
    },
    actual: {
      orders: Array.from(label.orders).reduce((sum, count) => sum + count, 0),
      spendMinor: label.spendMinor,
    },
  } satisfies Partial<JudgedScore>;
}
