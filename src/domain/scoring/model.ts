import type { AttributeVocabulary } from '../attributes';
import type { BtydModel } from '../btyd/btyd-model';
import type { OrderValuePrior } from '../btyd/order-value-prior';
import { type Currency, sameCurrency } from '../currency';
import type { CountShape } from '../distribution/count-distribution';
import type { OrderCurve } from '../distribution/order-curve';
import { sigmoid, softplus } from '../network/arithmetic';
import type { NetworkWeights } from '../network/weights';
import { cappedMoney, type MoneyHistory } from '../state/capped-money';

/**
 * Everything that turns state into numbers. The model version is one digest over all of it. The trainer makes the model; the scorer fits
 * nothing.
 */
export interface Model {
  /** Digest of the artefact. */
  readonly version: string;
  /** Digest of everything that the recurrent state depends on: encoder weights, feature fingerprint, window, typicalOrderMinor. */
  readonly encoderVersion: string;
  readonly weights: NetworkWeights;
  readonly settings: ModelSettings;
}

export interface ModelSettings {
  /** Of every amount of the model. Absent: an earlier version made it, or it was trained on simulated customers. */
  readonly currency?: Currency;
  /** N: the window keeps at most 2N − 1 events. At 2N, the oldest N are dropped. */
  readonly window: number;
  /** The shop's scale of money in the step and summary features, minor units. */
  readonly typicalOrderMinor: number;
  readonly orderValue: OrderValuePrior;
  /** Share of revenue that counts as value, 0…1. */
  readonly margin: number;
  /** Yearly discount rate; interval k of the future counts (1 + rate)^(−middle/365). */
  readonly discountRate: number;
  /** Cuts of the 365-day CLV (major units) between bronze | silver | gold | platinum. */
  readonly tierCuts: readonly [number, number, number];
  /** The attributes that have an input. Absent: none. */
  readonly attributes?: AttributeVocabulary;
  /** The BTYD model to blend with. Absent: the network alone. The key is that of the artefact. */
  readonly structure?: BtydModel;
  /**
   * Factors on log-spend sigma by order segment, adapted as labels mature. They multiply the factors of the backtest. Absent: 1. Means do
   * not change.
   */
  readonly logSpendSigmaFactors?: readonly number[]; // [ORDER_SEGMENTS]
}

/**
 * Why a model can't serve amounts in a currency, and what to do. Null if it can. Its typical order and its tiers would be meaningless.
 * `option`: how the user names the currency, up to its code.
 */
export function currencyFault(
  { currency: own }: ModelSettings,
  wanted: Currency,
  option = 'set CLV_CURRENCY=',
): string | null {
  if (own === undefined || sameCurrency(own, wanted)) return null;
  const amounts = ({ code, minorPerMajor }: Currency) => `${code} (${minorPerMajor} minor units)`;
  return (
    `other-currency: the model's amounts are in ${amounts(own)}, those here in ${amounts(wanted)}; ` +
    (own.code === wanted.code
      ? 'train it again with this version (clv-stream fit)'
      : `train one with clv-stream fit on amounts in ${wanted.code}, or ${option}${own.code} if that is the currency of the orders`)
  );
}

/** The heads' output for one customer at one point in time. It does not depend on the horizon. */
export interface HeadOutputs extends CountShape {
  readonly curve: OrderCurve;
  /** m: expected value of an order, minor units. */
  readonly orderValueMinor: number;
  /** σ of ln spend, given an order. */
  readonly logSpendSigma: number;
}

/**
 * Ranges of the heads: log rate −4 ± 8 (orders per day), log scale 4 ± 3 (days), log value correction ± 0.7. The limits are smooth, so
 * that extreme weights cannot overflow.
 */
export const HEAD_RANGES = {
  rateMiddle: -4,
  rate: 8,
  scaleMiddle: 4,
  scale: 3,
  value: 0.7,
  dispersion: 2,
  leastDispersion: 0.01,
  logSpendSigma: 2,
  leastLogSpendSigma: 0.2,
} as const;

/** Raw outputs [5] → head outputs. The training graph computes the same with tensors: change both together. */
export function readHeads(raw: ArrayLike<number>, curveRaw: number, baseOrderValueMinor: number): HeadOutputs {
  const R = HEAD_RANGES;
  return {
    curve: {
      ratePerDay: Math.exp(R.rateMiddle + R.rate * Math.tanh(raw[0]! / R.rate)),
      scaleDays: Math.exp(R.scaleMiddle + R.scale * Math.tanh(raw[1]! / R.scale)),
      shape: softplus(curveRaw) - 1,
    },
    dispersion: R.leastDispersion + R.dispersion * softplus(raw[2]!),
    orderValueMinor: baseOrderValueMinor * Math.exp(R.value * Math.tanh(raw[3]!)),
    logSpendSigma: R.leastLogSpendSigma + R.logSpendSigma * sigmoid(raw[4]!),
  };
}

/** Posterior mean order value from the prior and the customer's net orders with the cap on amounts, minor units. */
export function ownOrderValueMinor(prior: OrderValuePrior, state: MoneyHistory, typicalOrderMinor: number): number {
  const { minor, valued } = cappedMoney(state, typicalOrderMinor);
  return baseOrderValueMinor(prior, minor, valued);
}

/** The same from sums: `placedMinor` in minor units, and the number of orders with a value above 0. */
export function baseOrderValueMinor(prior: OrderValuePrior, placedMinor: number, valuedOrders: number): number {
  return (prior.meanMinor * prior.weight + placedMinor) / (prior.weight + valuedOrders);
}
