import { sha256 } from '../../../src/adapters/system/digest';
import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { closedIntervals } from '../../../src/domain/labels/origins';
import type { NetworkWeights } from '../../../src/domain/network/weights';
import { demoShop } from '../../../src/domain/simulation/shop-population';
import { Contender } from '../../../src/services/trainer/contender';
import { sentenceOf, Trial, trialOrigins } from '../../../src/services/trainer/gate-trial';
import type { MaturedOrigin } from '../../../src/services/trainer/matured-origin';
import { DEMO_TRAINER_SETTINGS } from '../../../src/services/trainer/settings';
import { artefactOf, changed, handWeights, levelShift } from '../../support/hand-model';
import { realClock } from '../../support/real-clock';
import { labelsOf, shopLogs } from '../../support/shop-labels';

/** Events of a shop, their labels, and a champion whose level is about right. */
const labels = labelsOf(shopLogs(demoShop, 42, 900, 100), {
  window: 8,
  quorum: 1,
  latenessDays: 1,
  originEveryDays: 7,
  maxOpenOrigins: 50_000,
  reservoirSize: 1_000,
  recencyDays: 70,
  judgedScores: 1_000,
  gateShare: 0.25,
});
const origins: MaturedOrigin[] = [...labels.origins()].map((origin) => ({
  partition: 0,
  origin,
  clockS: labels.clockS,
}));
const good = handWeights(0);
const blind = changed(good, ['headKernel'], () => 0);
const contender = (weights: NetworkWeights) => new Contender(artefactOf(weights), sha256, 100);
const champion = contender(good);
const START_S = labels.clockS - 60 * SECONDS_PER_DAY;
const gateTrial = (challenger: Contender, from = champion, of: 'challenger' | 'previous' = 'challenger') =>
  new Trial(from, challenger, { startedAtS: START_S, alpha: 0.001, of }).judge(
    origins,
    DEMO_TRAINER_SETTINGS,
    realClock,
  );

test('an improved model is promoted, and the note says by how much', async () => {
  const verdict = await gateTrial(champion, contender(blind));
  expect(verdict).toMatchObject({ promote: true });
  expect(sentenceOf(verdict)).toMatch(
    /^Promoted: loss \d.* \(z [\d.]+, e-value .* of 1000\) on \d+ later questions to \d+ customers.*%\.$/,
  );
});

test('the champion against itself is undecided for ever', async () => {
  expect(await gateTrial(contender(good))).toMatchObject({ promote: false, reason: 'undecided', improvement: 0 });
});

test.each([
  ['its heads scaled', changed(good, ['headKernel', 'outputKernel', 'outputBias'], (w) => 4 * w)],
  ['its heads turned round', changed(good, ['outputKernel'], (w) => -w)],
  ['heads that know nothing', blind],
] as const)('a challenger with %s is refused', async (_, weights) => {
  const verdict = await gateTrial(contender(weights));
  expect(verdict).toMatchObject({ promote: false, reason: 'worse' });
  expect(sentenceOf(verdict)).toContain('Refused (worse)');
});

test('a level three times too high is promoted by no trial, and is found in the champion against the one before it', async () => {
  const high = contender(levelShift(good, Math.log(3)));
  expect(await gateTrial(high)).toMatchObject({ promote: false });
  expect(await gateTrial(high, champion, 'previous')).toMatchObject({ promote: false, reason: 'worse' });
  expect(await gateTrial(champion, high, 'previous')).toMatchObject({ promote: true });
});

test('a challenger with a weight that is no number is refused, and makes no artefact that can be served', async () => {
  const broken = changed(good, ['headBias'], (w, i) => (i === 3 ? Number.NaN : w));
  expect(() => contender(broken)).toThrow();
  const smuggled = Object.assign(Object.create(Contender.prototype) as Contender, {
    artefact: new Uint8Array(),
    model: { ...champion.model, weights: broken },
    scorer: champion.scorer,
  });
  expect(await gateTrial(smuggled)).toMatchObject({ promote: false, reason: 'non-finite' });
});

test('questions of a trial: asked after its start, one interval closed, and no more than allowed, always the same', () => {
  const few = trialOrigins(origins, START_S, 50);
  const again = trialOrigins([...origins].reverse(), START_S, 50);
  expect(few).toHaveLength(50);
  expect(new Set(few.map(({ origin }) => origin))).toEqual(new Set(again.map(({ origin }) => origin)));
  const all = trialOrigins(origins, START_S, 1e9);
  expect(all.length).toBeGreaterThan(1_000);
  expect(all.every(({ origin, clockS }) => origin.atS > START_S && closedIntervals(origin, clockS) > 0)).toBe(true);
});
