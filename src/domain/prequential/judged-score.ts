import type { CountShape } from '../distribution/count-distribution';
import { expectedOrders } from '../distribution/order-curve';
import type { OriginLabel } from '../scoring/example';
import type { HeadOutputs } from '../scoring/model';

/** Days after its question at which a stored score is judged: edges of intervals, so that each closes with its horizon. */
export const PREQUENTIAL_HORIZONS_DAYS = [7, 30, 90, 365] as const;

/** What the version in force said of a customer at the instant of the question: every horizon derives from it. */
export interface StoredScore {
  readonly modelVersion: string;
  readonly outputs: HeadOutputs;
}

/** A stored score beside what happened within one horizon. Money in minor units. */
export interface JudgedScore {
  /** Index of {@link PREQUENTIAL_HORIZONS_DAYS}. */
  readonly horizon: number;
  /** Numbers the judged scores of a partition and horizon from 0, in the order of their questions. */
  readonly sequence: number;
  /** Event time of the question, seconds. */
  readonly atS: number;
  readonly modelVersion: string;
  /** Order segment of the customer at the origin. */
  readonly segment: number;
  readonly predicted: CountShape & {
    readonly orders: number;
    readonly spendMinor: number;
    /** σ of ln spend, given an order. */
    readonly spread: number;
  };
  readonly actual: { readonly orders: number; readonly spendMinor: number };
}

/** The score's numbers at a horizon, beside a label that has matured exactly up to it. */
export function judgeScore({ outputs }: StoredScore, horizon: number, label: OriginLabel) {
  const orders = expectedOrders(outputs.curve, PREQUENTIAL_HORIZONS_DAYS[horizon]!);
  return {
    predicted: {
      orders,
      dispersion: outputs.dispersion,
      ...(outputs.regularity === undefined ? {} : { regularity: outputs.regularity }),
      spendMinor: orders * outputs.orderValueMinor,
      spread: outputs.spread,
    },
    actual: {
      orders: Array.from(label.orders).reduce((sum, count) => sum + count, 0),
      spendMinor: label.spendMinor,
    },
  } satisfies Partial<JudgedScore>;
}
