import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { INTERVALS } from '../../domain/label-intervals';
import { OUTPUTS } from '../../domain/network/shape';
import { BLEND_HORIZON_DAYS, LEAST_ORDERS } from '../../domain/scoring/blend';
import { LOSS_WEIGHTS, VALUE_SHAPE } from '../../domain/scoring/example';
import { HEAD_RANGES } from '../../domain/scoring/model';
import type { Tf } from './backend';
import { type BlendBatch, INTERVAL_BEGINNINGS_DAYS, INTERVAL_LENGTHS_DAYS, type LabelBatch } from './batch';
import { heldFixed } from './held-fixed';

/**
 * κ·D (shape of the curve × log time span, see intervalOrders) below which φ is computed by its series: float32 would lose the gradient.
 */
const SERIES_BELOW = 0.01;
/** Lower bound of expected orders, as in exampleLoss. */
const LEAST_EXPECTED = 1e-9;

/** readHeads of model.ts with tensors. The order value is relative to the base order value. */
interface HeadTensors {
  readonly rate: Tensor; // A, [B, 1] orders per day
  readonly scale: Tensor; // B, [B, 1] days
  readonly shape: Tensor; // κ, one number, or [B, 1] if blended
  readonly dispersion: Tensor; // α, [B, 1]
  readonly logValue: Tensor; // ln(m ÷ base), [B, 1]
  readonly logSpendSigma: Tensor; // σ, [B, 1]
}

/**
 * exampleLoss and openLoss of example.ts with tensors: raw outputs [B, 5], raw κ [1] → loss of each example [B], nats. With a blend, the
 * loss is that of the blended outputs, except for their Erlang shape.
 */
export function exampleLosses(
  tf: Tf,
  raw: Tensor2D,
  curve: Tensor,
  label: LabelBatch,
  blend: BlendBatch | null,
): Tensor1D {
  const B = raw.shape[0];
  const column = (values: Float32Array) => tf.tensor2d(values, [B, 1]);
  const alone = readHeads(tf, raw, curve);
  const outputs = blend === null ? alone : blended(tf, alone, blend);
  const closed = tf.tensor2d(label.closed, [B, INTERVALS]);
  const count = column(label.count);

  const expected = tf.maximum(intervalOrders(tf, outputs), LEAST_EXPECTED); // [B, INTERVALS]
  const perInterval = tf.sub(expected, tf.mul(tf.tensor2d(label.orders, [B, INTERVALS]), tf.log(expected)));
  const poisson = tf.sum(tf.mul(perInterval, tf.tensor2d(label.counted, [B, INTERVALS])), 1, true);

  // 1 if any interval is closed. A row without one has no loss, but its ln 0 would turn the other rows' gradient into NaN.
  const anyClosed = tf.slice(closed, [0, 0], [B, 1]);
  const total = heldFixed(tf, tf.add(tf.sum(tf.mul(expected, closed), 1, true), tf.sub(1, anyClosed)));
  const dispersion = tf.mul(negativeBinomial(tf, count, total, outputs.dispersion, label.mostOrders), anyClosed);

  const logRatio = tf.sub(column(label.logValue), outputs.logValue);
  const deviance = tf.sub(tf.sub(tf.exp(logRatio), logRatio), 1);
  const value = tf.mul(deviance, column(label.valueWeight));

  const spend = tf.mul(spendLoss(tf, outputs, total, column(label.logSpend)), column(label.spendWeight));

  const weighted = tf.addN([
    poisson,
    tf.mul(dispersion, LOSS_WEIGHTS.dispersion),
    tf.mul(value, LOSS_WEIGHTS.value * VALUE_SHAPE),
    tf.mul(spend, LOSS_WEIGHTS.logSpendSigma),
  ]);
  return tf.reshape(weighted, [B]);
}

function readHeads(tf: Tf, raw: Tensor2D, curve: Tensor): HeadTensors {
  const R = HEAD_RANGES;
  const [rate, scale, dispersion, value, sigma] = tf.split(raw, OUTPUTS, 1) as Tensor2D[];
  const bounded = (x: Tensor, middle: number, reach: number) =>
    tf.exp(tf.add(tf.mul(tf.tanh(tf.div(x, reach)), reach), middle));
  return {
    rate: bounded(rate!, R.rateMiddle, R.rate),
    scale: bounded(scale!, R.scaleMiddle, R.scale),
    shape: tf.sub(tf.softplus(curve), 1),
    dispersion: tf.add(tf.mul(tf.softplus(dispersion!), R.dispersion), R.leastDispersion),
    logValue: tf.mul(tf.tanh(value!), R.value),
    logSpendSigma: tf.add(tf.mul(tf.sigmoid(sigma!), R.logSpendSigma), R.leastLogSpendSigma),
  };
}

/** `blended` of blend.ts with tensors. */
function blended(tf: Tf, alone: HeadTensors, blend: BlendBatch): HeadTensors {
  const column = (values: Float32Array) => tf.tensor2d(values, [values.length, 1]);
  const share = column(blend.networkShare);
  const mixed = (network: Tensor, btyd: Float32Array) =>
    tf.add(tf.mul(share, network), tf.mul(tf.sub(1, share), column(btyd)));
  const shape = mixed(alone.shape, blend.btydShape);
  const scale = tf.exp(mixed(tf.log(alone.scale), blend.btydLogScale));
  const within = (rate: Tensor, of: { scale: Tensor; shape: Tensor }) =>
    ordersBetween(tf, { rate, ...of }, tf.zeros([1, 1]), tf.scalar(BLEND_HORIZON_DAYS));
  const ofNetwork = tf.log(tf.maximum(within(alone.rate, alone), LEAST_ORDERS));
  const atRateOne = tf.log(within(tf.onesLike(alone.rate), { scale, shape }));
  const logRate = tf.sub(mixed(ofNetwork, blend.btydLogOrders), atRateOne);
  return {
    rate: tf.exp(tf.add(logRate, column(blend.logOrdersFactor))),
    scale,
    shape,
    dispersion: tf.mul(alone.dispersion, column(blend.dispersionFactor)),
    logValue: tf.add(tf.mul(alone.logValue, column(blend.valueShare)), column(blend.logValue)),
    logSpendSigma: tf.mul(alone.logSpendSigma, column(blend.logSpendSigmaFactor)),
  };
}

/**
 * ΔΛ, the expected orders of each interval, [B, INTERVALS]: A·B·e^(−κL)·φ(κ, D) with L = ln(1 + h₀/B) at the interval's beginning h₀, D =
 * ln(1 + (h₁−h₀)/(B+h₀)) and φ = −expm1(−κD)/κ. This form avoids the difference of two large Λ, for which float32 is not precise enough.
 */
function intervalOrders(tf: Tf, outputs: HeadTensors): Tensor {
  const beginning = tf.tensor2d(INTERVAL_BEGINNINGS_DAYS, [1, INTERVALS]);
  const length = tf.tensor2d(INTERVAL_LENGTHS_DAYS, [1, INTERVALS]);
  return ordersBetween(tf, outputs, beginning, length);
}

function ordersBetween(
  tf: Tf,
  { rate, scale, shape }: Pick<HeadTensors, 'rate' | 'scale' | 'shape'>,
  beginning: Tensor,
  length: Tensor,
): Tensor {
  const before = tf.log1p(tf.div(beginning, scale)); // L, [B, INTERVALS]
  const span = tf.log1p(tf.div(length, tf.add(scale, beginning))); // D, [B, INTERVALS]
  const x = tf.mul(span, shape); // κD
  // 1 if the series is used, else 0. The other form then gets the input 1, so that it and its gradient stay finite.
  const small = heldFixed(tf, x, (y) => tf.cast(tf.less(tf.abs(y), SERIES_BELOW), 'float32'));
  const large = tf.sub(1, small);
  // 1 − x/2 + x²/6 − x³/24
  const series = tf.sub(1, tf.mul(x, tf.sub(0.5, tf.mul(x, tf.sub(1 / 6, tf.mul(x, 1 / 24))))));
  const safe = tf.add(tf.mul(x, large), small);
  const ratio = tf.div(tf.neg(tf.expm1(tf.neg(safe))), safe);
  const phi = tf.mul(span, tf.add(tf.mul(series, small), tf.mul(ratio, large)));
  const fade = tf.exp(tf.neg(tf.mul(before, shape)));
  return tf.mul(tf.mul(tf.mul(rate, scale), fade), phi);
}

/** negativeBinomialLoss of training.ts for each row, [B, 1]. */
function negativeBinomial(tf: Tf, count: Tensor2D, mean: Tensor, alpha: Tensor, mostOrders: number): Tensor {
  const smooth = tf.sub(
    tf.mul(tf.add(count, tf.reciprocal(alpha)), tf.log1p(tf.mul(alpha, mean))),
    tf.mul(count, tf.log(mean)),
  );
  if (mostOrders < 2) return smooth;
  const j = tf.reshape(tf.range(1, mostOrders, 1, 'float32'), [1, mostOrders - 1]);
  const counts = tf.cast(tf.less(j, count), 'float32'); // [B, most − 1]: 1 if j < n
  const rising = tf.sum(tf.mul(tf.log1p(tf.mul(alpha, j)), counts), 1, true);
  return tf.sub(smooth, rising);
}

/** ln σ + z²/2 for ln spend, [B, 1]. No gradient flows through the mean Λ·m/p (p: probability of an order). */
function spendLoss(tf: Tf, outputs: HeadTensors, total: Tensor, logSpend: Tensor2D): Tensor {
  const { dispersion, logValue, logSpendSigma: sigma } = outputs;
  const closedForm = tf.neg(tf.expm1(tf.neg(tf.div(tf.log1p(tf.mul(dispersion, total)), dispersion))));
  // The first two and three terms of its series bound it. On WebAssembly log1p is not precise near 0, and at 1e-8 it is 0: the loss would be
  // infinite.
  const second = tf.div(tf.mul(total, tf.add(dispersion, 1)), 2);
  const third = tf.div(tf.mul(tf.mul(second, total), tf.add(tf.mul(dispersion, 2), 1)), 3);
  const least = tf.mul(total, tf.sub(1, second));
  const most = tf.mul(total, tf.add(tf.sub(1, second), third));
  const probability = tf.minimum(tf.maximum(closedForm, least), most);
  const logMean = heldFixed(tf, tf.add(tf.log(tf.div(total, probability)), logValue));
  const mu = tf.sub(logMean, tf.div(tf.square(sigma), 2));
  const z = tf.div(tf.sub(logSpend, mu), sigma);
  return tf.add(tf.log(sigma), tf.div(tf.square(z), 2));
}
