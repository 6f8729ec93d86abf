import { expectedOrders, type OrderCurve } from '../distribution/order-curve';
import { INTERVAL_EDGES_DAYS, INTERVALS } from '../label-intervals';
import { OUTPUTS } from '../network/shape';
import { BLEND_HORIZON_DAYS, blendCurves, LEAST_ORDERS } from '../scoring/blend';
import { HEAD_RANGES, type ModelSettings, readHeads } from '../scoring/model';

/** Lower bound on a rate per day before its logarithm is taken. It is far below the blend's own bound. */
const LEAST = 1e-12;

/** The BTYD model's forecast for one customer at one point in time. */
export interface BtydForecast {
  readonly curve: OrderCurve;
  /** The network's share of the blend, 0…1. */
  readonly networkShare: number;
  /** Factor on the blended expected orders. */
  readonly level: number;
  /** ln m = logValue + valueShare · ln(the network's m), where m is the order value: see ValueBlend. */
  readonly valueShare: number;
  readonly logValue: number;
}

/** Everything needed to turn raw outputs into a value. */
export interface ValueContext {
  readonly curveRaw: number;
  readonly baseOrderValueMinor: number;
  readonly btyd: BtydForecast | null;
}

/** The 365-day CLV (major units) and its derivatives. */
export interface ValueGradient {
  readonly value: number;
  readonly raw: Float64Array; // [5]
  /** Derivative by ln of the base order value. */
  readonly logBase: number;
}

/**
 * The 365-day CLV of raw outputs, as the scorer computes it, with derivatives in closed form. V = A · G(B) · m · margin. A is the rate, B
 * the scale and m the order value; G is the discounted orders at rate 1. So ∂ ln V / ∂ ln A = ∂ ln V / ∂ ln m = 1 (for the network's m:
 * its share), and ∂ ln V / ∂ ln B = G′/G. In a blend with share w, ln A and ln B affect V by w times their part in each term of
 * `blendCurves`.
 */
export function valueGradient(
  raw: ArrayLike<number>,
  context: ValueContext,
  settings: ModelSettings,
  minorPerMajor: number,
): ValueGradient {
  const { curve: network, orderValueMinor: networkValue } = readHeads(
    raw,
    context.curveRaw,
    context.baseOrderValueMinor,
  );
  const { btyd } = context;
  const valueShare = btyd === null ? 1 : btyd.valueShare;
  const orderValueMinor = btyd === null ? networkValue : Math.exp(btyd.logValue + valueShare * Math.log(networkValue));
  const share = btyd === null ? 1 : btyd.networkShare;
  const curve = btyd === null ? network : blendCurves(network, btyd.curve, share);
  const discounted = discountedUnitOrders(curve, settings.discountRate);
  const level = btyd === null ? 1 : btyd.level;
  const value = (level * curve.ratePerDay * discounted.orders * orderValueMinor * settings.margin) / minorPerMajor;
  let byLogRate = 1;
  let byLogScale = discounted.byLogScale / discounted.orders;
  if (share < 1) {
    const unitBlended = unitOrders(curve, BLEND_HORIZON_DAYS);
    const unitNetwork = unitOrders(network, BLEND_HORIZON_DAYS);
    // Below the blend's least orders, the network's curve no longer changes the geometric mean.
    const moves = network.ratePerDay * unitNetwork.orders > LEAST_ORDERS ? share : 0;
    byLogRate = moves;
    byLogScale =
      (moves * unitNetwork.byLogScale) / unitNetwork.orders +
      share * (byLogScale - unitBlended.byLogScale / unitBlended.orders);
  }
  const R = HEAD_RANGES;
  const gradient = new Float64Array(OUTPUTS);
  gradient[0] = value * byLogRate * (1 - Math.tanh(raw[0]! / R.rate) ** 2);
  gradient[1] = value * byLogScale * (1 - Math.tanh(raw[1]! / R.scale) ** 2);
  gradient[3] = value * valueShare * R.value * (1 - Math.tanh(raw[3]!) ** 2);
  return { value, raw: gradient, logBase: value * valueShare };
}

interface UnitOrders {
  /** Λ(h), the expected orders, at rate A = 1. */
  readonly orders: number;
  /** Its derivative by ln B. */
  readonly byLogScale: number;
}

/** Λ₁(h) = −B·expm1(−κL)/κ with L = ln(1 + h/B), so ∂Λ₁/∂ ln B = Λ₁ − e^(−κL)·B·h/(B+h). */
function unitOrders({ scaleDays: B, shape }: OrderCurve, days: number): UnitOrders {
  const orders = expectedOrders({ ratePerDay: 1, scaleDays: B, shape }, days);
  return { orders, byLogScale: orders - (Math.exp(-shape * Math.log1p(days / B)) * B * days) / (B + days) };
}

/** Σ ΔΛ_k · discount_k at rate A = 1, over a year. */
function discountedUnitOrders(curve: OrderCurve, discountRate: number): UnitOrders {
  let before: UnitOrders = { orders: 0, byLogScale: 0 };
  let orders = 0;
  let byLogScale = 0;
  for (let k = 1; k <= INTERVALS; k++) {
    const until = unitOrders(curve, INTERVAL_EDGES_DAYS[k]!);
    const middle = (INTERVAL_EDGES_DAYS[k]! + INTERVAL_EDGES_DAYS[k - 1]!) / 2;
    const discount = (1 + discountRate) ** (-middle / 365);
    orders += (until.orders - before.orders) * discount;
    byLogScale += (until.byLogScale - before.byLogScale) * discount;
    before = until;
  }
  return { orders, byLogScale };
}

/** Interpolates ln A, ln B, κ, the network's shares and ln of the BTYD value linearly. */
export function btydBetween(from: BtydForecast, to: BtydForecast, way: number): BtydForecast {
  const between = (a: number, b: number) => a + way * (b - a);
  const log = (a: number, b: number) => Math.exp(between(Math.log(Math.max(a, LEAST)), Math.log(Math.max(b, LEAST))));
  return {
    curve: {
      ratePerDay: log(from.curve.ratePerDay, to.curve.ratePerDay),
      scaleDays: log(from.curve.scaleDays, to.curve.scaleDays),
      shape: between(from.curve.shape, to.curve.shape),
    },
    networkShare: between(from.networkShare, to.networkShare),
    level: between(from.level, to.level),
    valueShare: between(from.valueShare, to.valueShare),
    logValue: between(from.logValue, to.logValue),
  };
}
