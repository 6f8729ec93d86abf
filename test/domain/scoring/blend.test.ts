import type { BtydModel } from '../../../src/domain/btyd/btyd-model';
import { conditionalCurve } from '../../../src/domain/btyd/pareto-nbd';
import { recencyFrequency } from '../../../src/domain/btyd/recency-frequency';
import { expectedOrders } from '../../../src/domain/distribution/order-curve';
import { spendDistribution } from '../../../src/domain/distribution/spend-distribution';
import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { mulberry32 } from '../../../src/domain/math/random';
import { BLEND_HORIZON_DAYS, blendCurves, blendedOutputs, blendOrderValue } from '../../../src/domain/scoring/blend';
import { predict } from '../../../src/domain/scoring/prediction';
import { Scorer } from '../../../src/domain/scoring/scorer';
import { segmentOf } from '../../../src/domain/state/order-segments';
import { emptyState } from '../../../src/domain/state/sequence-state';
import { emptySummary, netOrders, netValue } from '../../../src/domain/state/summary';
import { emptyWindow } from '../../../src/domain/state/window';
import { randomPast } from '../../support/events';
import { randomModel } from '../../support/models';

const SEED = 23;
const BTYD_MODEL: BtydModel = {
  paretoNbd: { r: 0.55, alpha: 74, s: 0.61, beta: 82 },
  networkShares: [0, 0.3, 0.5, 0.8],
  level: 1.1,
};

describe('the blend of two order curves', () => {
  const network = { ratePerDay: 0.02, scaleDays: 40, shape: 0.4 };
  const btyd = { ratePerDay: 0.004, scaleDays: 160, shape: -0.39 };

  test.each([0, 0.25, 0.5, 1])('with a share of %p is the weighted geometric mean at the blend horizon', (share) => {
    const at = (curve: typeof network) => expectedOrders(curve, BLEND_HORIZON_DAYS);
    const blended = blendCurves(network, btyd, share);
    expect(Math.log(at(blended))).toBeCloseTo(share * Math.log(at(network)) + (1 - share) * Math.log(at(btyd)), 10);
  });

  test('all of the one is the one, at every horizon', () => {
    for (const days of [1, 30, 365]) {
      expect(expectedOrders(blendCurves(network, btyd, 0), days)).toBeCloseTo(expectedOrders(btyd, days), 10);
      expect(expectedOrders(blendCurves(network, btyd, 1), days)).toBe(expectedOrders(network, days));
    }
  });

  test('a customer who is surely gone keeps a finite curve', () => {
    const gone = blendCurves(network, { ...btyd, ratePerDay: 0 }, 0.5);
    expect(expectedOrders(gone, 365)).toBeGreaterThan(0);
    expect(Number.isFinite(expectedOrders(gone, 365))).toBe(true);
  });

  test('segments: 0, 1, 2–3, 4 and more orders', () => {
    expect([0, 1, 2, 3, 4, 400].map(segmentOf)).toEqual([0, 1, 2, 2, 3, 3]);
  });
});

describe(`the scorer of a blended model (seed ${SEED})`, () => {
  const model = randomModel(SEED);
  const blended = { ...model, settings: { ...model.settings, structure: BTYD_MODEL } };

  test('the outputs blend the network alone with Pareto/NBD; order value and log-spend sigma stay', () => {
    const [alone, served] = [new Scorer(model, 100), new Scorer(blended, 100)];
    const state = emptyState(32);
    for (const { event, position } of randomPast(mulberry32(SEED), 20)) alone.fold(state, event, position);
    const asOfS = state.published!.asOfS + 12 * SECONDS_PER_DAY;
    const network = alone.read(state, asOfS);
    const outputs = served.read(state, asOfS);
    expect(outputs).toEqual(blendedOutputs(network, BTYD_MODEL, state, asOfS, model.settings.typicalOrderMinor));
    expect(outputs.orderValueMinor).toBe(network.orderValueMinor);
    expect(outputs.logSpendSigma).toBe(network.logSpendSigma);
    expect(outputs.curve).not.toEqual(network.curve);
  });

  test('blended order value and calibrated shapes: one set of head outputs, from which nothing published contradicts another', () => {
    const structure: BtydModel = {
      ...BTYD_MODEL,
      value: { prior: { meanMinor: 3_000, weight: 2 }, networkShare: 0.4 },
      calibration: { dispersion: [3, 3, 3, 3], logSpendSigma: [0.8, 0.8, 0.8, 0.8], erlangShape: [2.5, 2.5, 2.5, 2.5] },
    };
    const settings = { ...model.settings, structure };
    const [alone, served] = [new Scorer(model, 100), new Scorer({ ...model, settings }, 100)];
    const state = emptyState(32);
    for (const { event, position } of randomPast(mulberry32(SEED), 40)) alone.fold(state, event, position);
    const asOfS = state.published!.asOfS + 12 * SECONDS_PER_DAY;
    const network = alone.read(state, asOfS);
    const outputs = served.read(state, asOfS);
    const { minor, valued } = netValue(state.summary);
    const gammaGamma = (3_000 * 2 + minor) / (2 + valued);
    expect(Math.log(outputs.orderValueMinor)).toBeCloseTo(
      0.4 * Math.log(network.orderValueMinor) + 0.6 * Math.log(gammaGamma),
      10,
    );
    expect(outputs.dispersion).toBeCloseTo(3 * network.dispersion, 10);
    expect(outputs.logSpendSigma).toBeCloseTo(0.8 * network.logSpendSigma, 10);
    expect(outputs.erlangShape).toBe(2.5);
    const money = { currency: 'EUR', minorPerMajor: 100 };
    const { orders, clv, orderProbability } = predict(served, outputs, state.summary, asOfS, money);
    expect(clv[2]).toBeCloseTo((orders[2] * outputs.orderValueMinor) / 100, 8);
    const { probability, mu, sigma } = spendDistribution(
      orderProbability[orderProbability.length - 1]!,
      clv[2],
      outputs.logSpendSigma,
    );
    expect(probability * Math.exp(mu + sigma ** 2 / 2)).toBeCloseTo(clv[2], 8);
    expect(blendOrderValue(8, 2, 0.5)).toBeCloseTo(4, 12);
  });

  test('factors by order segment multiply the orders, and change nothing else', () => {
    const factors = [0.5, 0.7, 1.1, 1.3];
    const random = mulberry32(SEED + 2);
    const scorer = new Scorer(model, 100);
    for (const count of [0, 1, 2, 5, 40]) {
      const state = emptyState(32);
      for (const { event, position } of randomPast(random, count)) scorer.fold(state, event, position);
      const network = scorer.read(state, 1e9);
      const before = blendedOutputs(network, BTYD_MODEL, state, 1e9, 5_000);
      const after = blendedOutputs(network, { ...BTYD_MODEL, segmentFactors: factors }, state, 1e9, 5_000);
      const factor = factors[segmentOf(netOrders(state.summary))]!;
      for (const days of [7, 365])
        expect(expectedOrders(after.curve, days)).toBeCloseTo(factor * expectedOrders(before.curve, days), 10);
      expect({ ...after, curve: 0 }).toEqual({ ...before, curve: 0 });
    }
  });

  test('previous + model + silence + event effects = value, the model effect being that of the blend too', () => {
    const [alone, served] = [new Scorer(model, 100), new Scorer({ ...blended, version: 'm-blended' }, 100)];
    const state = emptyState(32);
    randomPast(mulberry32(SEED + 1), 30).forEach(({ event, position }, i) => {
      const rescored = (i < 15 ? alone : served).fold(state, event, position);
      if (rescored === null) return;
      const { previous, model: ofModel, silence, event: ofEvent } = rescored.change;
      expect(Math.abs(previous + ofModel + silence + ofEvent - rescored.value)).toBeLessThan(
        1e-9 * (1 + rescored.value),
      );
      if (i > 15) expect(ofModel).toBe(0);
    });
  });

  test('whoever has not ordered gets the BTYD curve, brought to the total', () => {
    const summary = { ...emptySummary(), firstSeenS: 1_000, lastSeenS: 1_000 };
    const asOfS = 1_000 + 5 * SECONDS_PER_DAY;
    const outputs = {
      curve: { ratePerDay: 9, scaleDays: 9, shape: 1 },
      dispersion: 1,
      orderValueMinor: 1,
      logSpendSigma: 1,
    };
    const { curve } = blendedOutputs(outputs, BTYD_MODEL, { summary, window: emptyWindow() }, asOfS, 5_000);
    const btyd = conditionalCurve(BTYD_MODEL.paretoNbd, recencyFrequency(summary, asOfS));
    expect(expectedOrders(curve, 200)).toBeCloseTo(1.1 * expectedOrders(btyd, 200), 10);
  });
});

test('all of the network is the network, and the horizon of the blend is that of the models that exist', () => {
  const [network, btyd] = [0.1, 0.2].map((ratePerDay) => ({ ratePerDay, scaleDays: 50, shape: 0.3 }));
  for (const share of [1, 1.5]) expect(blendCurves(network!, btyd!, share)).toBe(network);
  expect(BLEND_HORIZON_DAYS).toBe(90);
});
