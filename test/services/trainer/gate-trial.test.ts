import { sha256 } from '../../../src/adapters/system/digest';
import type { NetworkWeights } from '../../../src/domain/network/weights';
import { demoShop } from '../../../src/domain/simulation/shop-population';
import { Contender } from '../../../src/services/trainer/contender';
import { gateOrigins, runGateTrial, sentenceOf } from '../../../src/services/trainer/gate-trial';
import { DEMO_TRAINER_SETTINGS } from '../../../src/services/trainer/settings';
import type { MaturedOrigin } from '../../../src/services/trainer/training-round';
import { artefactOf, changed, handWeights, levelShift } from '../../support/hand-model';
import { realClock } from '../../support/real-clock';
import { labelsOf, shopLogs } from '../../support/shop-labels';

/** Events of a shop, their labels, and a champion whose level is about right. */
const labels = labelsOf(shopLogs(demoShop, 42, 900, 100), {
  window: 8,
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
const gate = gateOrigins(origins, DEMO_TRAINER_SETTINGS);
const good = handWeights(0);
const contender = (weights: NetworkWeights) => new Contender(artefactOf(weights), sha256, 100);
const champion = contender(good);
const gateTrial = (challenger: Contender, from = champion) =>
  runGateTrial(from, challenger, gate, DEMO_TRAINER_SETTINGS, realClock);

test('an improved model is promoted, and the note says by how much', async () => {
  const verdict = await gateTrial(champion, contender(levelShift(good, -1)));
  expect(verdict).toMatchObject({ promote: true });
  expect(sentenceOf(verdict)).toMatch(/^Promoted: loss \d.* \(z [\d.]+\) on \d+ origins of \d+ customers .*%\.$/);
});

test('the champion against itself is inside noise', async () => {
  expect(await gateTrial(contender(good))).toMatchObject({ promote: false, reason: 'inside-noise', z: 0 });
});

test.each([
  ['its heads scaled', changed(good, ['headKernel', 'outputKernel', 'outputBias'], (w) => 4 * w), 'worse'],
  ['its heads turned round', changed(good, ['outputKernel'], (w) => -w), 'worse'],
  ['its level three times too high', levelShift(good, Math.log(3)), 'worse'],
  ['its level a third', levelShift(good, -Math.log(3)), 'worse'],
] as const)('a challenger with %s is refused', async (_, weights, reason) => {
  const verdict = await gateTrial(contender(weights));
  expect(verdict).toMatchObject({ promote: false, reason });
  expect(sentenceOf(verdict)).toContain(`Refused (${reason})`);
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

test('gate origins: customers never trained on, enough intervals closed, and no more than allowed, always the same', () => {
  const few = gateOrigins(origins, { ...DEMO_TRAINER_SETTINGS, maxGateOrigins: 50 });
  const again = gateOrigins([...origins].reverse(), { ...DEMO_TRAINER_SETTINGS, maxGateOrigins: 50 });
  expect(few).toHaveLength(50);
  expect(new Set(few.map(({ origin }) => origin))).toEqual(new Set(again.map(({ origin }) => origin)));
});
