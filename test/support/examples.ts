import { STEP_FEATURES, SUMMARY_FEATURES } from '../../src/domain/features/features';
import { INTERVALS } from '../../src/domain/label-intervals';
import { drawLognormal, drawNormal, drawPoisson, type Random } from '../../src/domain/math/random';
import { CELLS, type NetworkShape } from '../../src/domain/network/shape';
import { initialWeights, type NetworkWeights, WEIGHT_TENSORS } from '../../src/domain/network/weights';
import type { BlendTerms } from '../../src/domain/scoring/blend';
import type { Example, OriginLabel } from '../../src/domain/scoring/example';

/** Small enough for a thousand fits in a test. */
export const TINY_SHAPE: NetworkShape = {
  stepFeatures: STEP_FEATURES,
  summaryFeatures: SUMMARY_FEATURES,
  units: 4,
  headUnits: 4,
  cell: 'lstm',
  layers: 1,
  attention: false,
};

/** Every cell alone, stacked, with attention, and everything combined. */
export const SHAPES: readonly (readonly [string, NetworkShape])[] = [
  ...CELLS.map((cell) => [cell, { ...TINY_SHAPE, cell }] as const),
  ['three layers of lstm', { ...TINY_SHAPE, layers: 3 }],
  ['lstm with attention', { ...TINY_SHAPE, attention: true }],
  ['two layers of gru with attention', { ...TINY_SHAPE, cell: 'gru', layers: 2, attention: true }],
];

/** Weights without zeros and larger than fresh ones, so that every part of the graph matters. */
export function randomWeights(shape: NetworkShape, random: Random): NetworkWeights {
  const weights = initialWeights(shape, random);
  for (const name of WEIGHT_TENSORS)
    for (const [i, w] of weights[name].entries()) weights[name][i] = w + 0.3 * drawNormal(random);
  return weights;
}

/** A random sequence, summary and label, unrelated to each other: for identities, not for learning. */
export function randomExample(random: Random, steps = 1 + Math.floor(random() * 12)): Example {
  const closedIntervals = Math.floor(random() * (INTERVALS + 1));
  const orders = Array.from({ length: INTERVALS }, () => drawPoisson(random, 0.6));
  return {
    steps,
    sequence: Float32Array.from({ length: steps * STEP_FEATURES }, () => (random() < 0.4 ? 0 : drawNormal(random))),
    summary: Float32Array.from({ length: SUMMARY_FEATURES }, () => Math.abs(drawNormal(random))),
    baseOrderValueMinor: drawLognormal(random, 8, 0.5),
    label: labelOf(random, closedIntervals, orders),
  };
}

/** The same, blended with a random BTYD model, with orders to expect in its open intervals: as the online trainer shows it. */
export function servedExample(random: Random): Example {
  const example = randomExample(random);
  const isBlended = random() < 0.8;
  return {
    ...example,
    ...(isBlended && { blend: randomTerms(random) }),
    ...(random() < 0.8 && { openOrders: Array.from({ length: INTERVALS }, () => 3 * random()) }),
  };
}

function randomTerms(random: Random): BlendTerms {
  const near = (middle: number) => drawLognormal(random, Math.log(middle), 0.5);
  return {
    // Sometimes a customer who has surely left.
    btyd: { ratePerDay: random() < 0.1 ? 0 : near(0.02), scaleDays: near(60), shape: 2 * random() - 0.5 },
    networkShare: [0, 0.3, 0.7, 1][Math.floor(4 * random())]!,
    ordersFactor: near(1),
    value: random() < 0.3 ? null : { btydMinor: near(3_000), networkShare: random() },
    dispersionFactor: near(1),
    logSpendSigmaFactor: near(1),
  };
}

function labelOf(random: Random, closedIntervals: number, orders: readonly number[]): OriginLabel {
  const count = orders.slice(0, closedIntervals).reduce((sum, n) => sum + n, 0);
  const valuedOrders = Math.floor(random() * (count + 1));
  const orderedMinor = valuedOrders * Math.round(drawLognormal(random, 8, 0.5));
  const spendMinor = random() < 0.2 ? 0 : Math.round(orderedMinor * random());
  return { closedIntervals, orders, orderedMinor, valuedOrders, spendMinor };
}
