import { sha256 } from '../../../src/adapters/system/digest';
import { isGateCustomer } from '../../../src/domain/labels/origins';
import { predict } from '../../../src/domain/scoring/prediction';
import { demoShop } from '../../../src/domain/simulation/shop-population';
import { decodeState } from '../../../src/serde/state-blob';
import { Contender } from '../../../src/services/trainer/contender';
import type { MaturedOrigin } from '../../../src/services/trainer/matured-origin';
import {
  recalibrate,
  recalibratedArtefact,
  sentenceOfRecalibration,
} from '../../../src/services/trainer/recalibration';
import { artefactOf, HAND_SETTINGS, handWeights } from '../../support/hand-model';
import { realClock } from '../../support/real-clock';
import { labelsOf, shopLogs } from '../../support/shop-labels';

const GATE_SHARE = 0.6;
const MONEY = { currency: 'EUR', minorPerMajor: 100 };
const labels = labelsOf(shopLogs(demoShop, 17, 900, 110), {
  window: 8,
  quorum: 1,
  latenessDays: 1,
  originEveryDays: 7,
  maxOpenOrigins: 50_000,
  reservoirSize: 1_000,
  recencyDays: 70,
  judgedScores: 0,
  gateShare: GATE_SHARE,
});
const origins: MaturedOrigin[] = [...labels.origins()].map((origin) => ({
  partition: 0,
  origin,
  clockS: labels.clockS,
}));
const contender = (artefact: Uint8Array) => new Contender(artefact, sha256, MONEY.minorPerMajor);
const champion = contender(artefactOf(handWeights()));
const calibrationOf = (model: Contender, of = origins) => recalibrate(model, of, GATE_SHARE, realClock);

/** The champion whose log-spend sigma is multiplied by one factor for all. */
const withFactors = (factors: readonly number[]) =>
  contender(artefactOf(handWeights(), { ...HAND_SETTINGS, logSpendSigmaFactors: factors }));

async function settled(model: Contender): Promise<Contender> {
  let current = model;
  for (let release = 0; release < 10; release++) {
    const calibration = await calibrationOf(current);
    if (!calibration.release) return current;
    current = contender(recalibratedArtefact(current, calibration, 0, sha256));
  }
  throw new Error('no end of releases');
}

test('releases come to an end, no segment further off than at the start, and all together much nearer to nominal', async () => {
  for (const start of [champion, withFactors([0.5, 0.5, 0.5, 0.5])]) {
    const before = await calibrationOf(start);
    const after = await calibrationOf(await settled(start));
    expect(after.release).toBe(false);
    const off = ({ segments }: typeof before) =>
      segments.filter(({ labels: n }) => n > 0).map(({ coverage }) => Math.abs(coverage - 0.8));
    expect(off(before).length).toBeGreaterThan(1);
    off(after).forEach((left, i) => {
      expect(left).toBeLessThanOrEqual(off(before)[i]!);
    });
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    expect(sum(off(after))).toBeLessThan(0.6 * sum(off(before)));
  }
});

test('every mean stays to the bit, so do orders and probabilities; quantiles move, the encoder does not', async () => {
  const calibration = await calibrationOf(champion);
  expect(calibration.release).toBe(true);
  const next = contender(recalibratedArtefact(champion, calibration, 0, sha256));
  expect(next.model.version).not.toBe(champion.model.version);
  expect(next.model.encoderVersion).toBe(champion.model.encoderVersion);
  let moved = 0;
  for (const { origin } of origins.slice(0, 300)) {
    const state = decodeState(origin.snapshot);
    const [before, after] = [champion, next].map((model) =>
      predict(model.scorer, model.read(state, origin.atS), state.summary, origin.atS, MONEY),
    );
    const { clv365Quantiles: was, ...means } = before!;
    const { clv365Quantiles: is, ...nextMeans } = after!;
    expect(nextMeans).toEqual(means);
    if (was[2] !== is[2]) moved++;
  }
  expect(moved).toBeGreaterThan(50);
  expect(sentenceOfRecalibration(calibration)).toMatch(
    /^Recalibrated .*: .*4\+ orders × 1.00 → 0.78 .* are as before\.$/,
  );
});

test('a release splits into no effect of the model on the value: stored states stay valid', async () => {
  const next = contender(recalibratedArtefact(champion, await calibrationOf(champion), 0, sha256));
  const { origin } = origins.find(({ origin: { segment } }) => segment === 3)!;
  const state = decodeState(origin.snapshot);
  const value = champion.scorer.clv(champion.read(state, origin.atS), 365);
  state.published = { value, asOfS: origin.atS, modelVersion: champion.model.version, refolded: false };
  const hidden = Float32Array.from(state.hidden);
  const { change } = next.scorer.rescore(state, origin.atS);
  expect(change).toMatchObject({ model: 0, silence: 0, event: 0 });
  expect(state.hidden).toEqualNumbers(hidden);
});

test('customers that are trained on do not decide, and without labels nothing changes', async () => {
  const trainedOn = origins.filter(({ origin }) => !isGateCustomer(origin.customerId, GATE_SHARE));
  expect(trainedOn.length).toBeGreaterThan(500);
  const { segments, release } = await calibrationOf(champion, trainedOn);
  expect(release).toBe(false);
  expect(segments.map(({ labels: n, factor, nextFactor }) => [n, factor, nextFactor])).toEqual(
    segments.map(() => [0, 1, 1]),
  );
});

test('an artefact with factors that are none is refused', () => {
  for (const logSpendSigmaFactors of [
    [1, 1, 1],
    [1, 1, 1, 0],
    [1, 1, 1, Number.NaN],
  ]) {
    expect(() => contender(artefactOf(handWeights(), { ...HAND_SETTINGS, logSpendSigmaFactors }))).toThrow(
      /not-finite/,
    );
  }
});
