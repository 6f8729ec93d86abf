import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../src/adapters/system/digest';
import type { BtydModel } from '../../../src/domain/btyd/btyd-model';
import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { EXPLANATION_TOLERANCE, Explainer, type Explanation } from '../../../src/domain/explanation/explanation';
import { mulberry32 } from '../../../src/domain/math/random';
import { spearman } from '../../../src/domain/metrics/rank-correlation';
import type { Model } from '../../../src/domain/scoring/model';
import { Scorer } from '../../../src/domain/scoring/scorer';
import { emptyState, foldEvent, type SequenceState } from '../../../src/domain/state/sequence-state';
import { decodeArtefact } from '../../../src/serde/model-artefact';
import { randomPast } from '../../support/events';
import { SHAPES } from '../../support/examples';
import { randomModel } from '../../support/models';
import { testSeed } from '../../support/seeded';

const seed = testSeed();
const BTYD_MODEL: BtydModel = {
  paretoNbd: { r: 0.55, alpha: 74, s: 0.61, beta: 82 },
  networkShares: [0, 0.4, 0.6, 0.8],
  level: 1.1,
  segmentFactors: [1, 0.8, 1.1, 1.3],
  value: { prior: { meanMinor: 4_000, weight: 0.8 }, networkShare: 0.6 },
  calibration: { dispersion: [1, 1.2, 0.9, 0.7], logSpendSigma: [1, 0.8, 0.9, 1.1] },
};

function firstWeights(): Model {
  const decoded = decodeArtefact(readFileSync(join(__dirname, '../../../models/first-weights.clvm')), sha256);
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.model;
}

function anyState(random: () => number, model: Model): { state: SequenceState; asOfS: number } {
  const state = emptyState(model.weights.shape.units);
  const { window } = model.settings;
  for (const { event, position } of randomPast(random, 3 + Math.floor(random() * 25)))
    foldEvent(state, event, position, window);
  return { state, asOfS: state.summary.lastSeenS + Math.floor(random() ** 2 * 120 * SECONDS_PER_DAY) };
}

function explained({ baseline, events, features, residual }: Explanation): number {
  return [...events.map(({ contribution }) => contribution), ...Object.values(features), residual].reduce(
    (sum, value) => sum + value,
    baseline,
  );
}

/** The value without one kept event: the window replayed, the summary as it is. */
function without(scorer: Scorer, state: SequenceState, dropped: number, asOfS: number): number {
  const events = state.window.events.filter((_, t) => t !== dropped);
  const rest = { ...state, window: { ...state.window, events }, encoderVersion: '' };
  rest.hidden = state.hidden.slice();
  rest.cell = state.cell.slice();
  return scorer.clv(scorer.read(rest, asOfS), 365);
}

describe(`the explanation of a value (CLV_TEST_SEED=${seed})`, () => {
  const models: [string, Model][] = [
    ['first weights', firstWeights()],
    ['random weights', randomModel(seed, { window: 12 })],
    ...SHAPES.map(([name, shape]): [string, Model] => [name, randomModel(seed, { window: 12, shape })]),
    ['first weights blended with a BTYD model', withBtydModel(firstWeights())],
  ];

  test.each(models)('%s: sums to the served value, starting from that of a stranger', (_name, model) => {
    const random = mulberry32(seed);
    const scorer = new Scorer(model, 100);
    const explainer = new Explainer(model, 100);
    for (let round = 0; round < 8; round++) {
      const { state, asOfS } = anyState(random, model);
      const explanation = explainer.explain(state, asOfS);
      const { value, baseline, residual, features } = explanation;
      const served = scorer.clv(scorer.read(state, asOfS), 365);
      const nobody = emptyState(model.weights.shape.units);
      nobody.summary.firstSeenS = asOfS;
      const stranger = scorer.clv(scorer.read(nobody, asOfS), 365);
      expect(Math.abs(value - served)).toBeLessThan(1e-5 * served);
      expect(Math.abs(baseline - stranger)).toBeLessThan(1e-5 * stranger);
      expect(explained(explanation)).toBeCloseTo(value, 6);
      const between = Object.values(features).reduce((sum, contribution) => sum + contribution, baseline);
      expect(Math.abs(residual)).toBeLessThanOrEqual(1.01 * EXPLANATION_TOLERANCE * Math.max(value, baseline, between));
      for (const { contribution, parts } of explanation.events) {
        expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBeCloseTo(contribution, 9);
      }
      if (model.settings.structure === undefined) expect(features.structure).toBe(0);
      else expect(features.structure).not.toBe(0);
    }
  });

  test('agrees with leaving events out', () => {
    const random = mulberry32(seed + 1);
    const model = firstWeights();
    const scorer = new Scorer(model, 100);
    const explainer = new Explainer(model, 100);
    const correlations: number[] = [];
    let agreeing = 0;
    let largest = 0;
    while (correlations.length < 60) {
      const { state, asOfS } = anyState(random, model);
      const { value, events } = explainer.explain(state, asOfS);
      if (events.length < 6) continue;
      const given = events.map(({ contribution }) => contribution);
      const left = events.map((_, t) => value - without(scorer, state, t, asOfS));
      correlations.push(spearman(given, left));
      const most = Math.max(...left.map(Math.abs));
      left.forEach((effect, t) => {
        if (Math.abs(effect) < most / 4) return;
        largest++;
        if (effect * given[t]! > 0) agreeing++;
      });
    }
    const mean = correlations.reduce((sum, rho) => sum + rho, 0) / correlations.length;
    expect(mean).toBeGreaterThan(0.3);
    expect(agreeing / largest).toBeGreaterThan(0.6);
  });

  test('contains only the clock if there are no events', () => {
    const model = firstWeights();
    const { value, baseline, events, features } = new Explainer(model, 100).explain(emptyState(32), 1_700_000_000);
    expect(value).toBe(baseline);
    expect(events).toEqual([]);
    for (const contribution of Object.values(features)) expect(Math.abs(contribution)).toBe(0);
  });
});

function withBtydModel(model: Model): Model {
  return { ...model, settings: { ...model.settings, structure: BTYD_MODEL } };
}
