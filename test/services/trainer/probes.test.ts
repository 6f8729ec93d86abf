import { sha256 } from '../../../src/adapters/system/digest';
import { DEFAULT_SHAPE } from '../../../src/domain/network/shape';
import { demoShop } from '../../../src/domain/simulation/shop-population';
import { Contender } from '../../../src/services/trainer/contender';
import { exaggeration } from '../../../src/services/trainer/probes';
import { artefactOf, changed, HAND_SETTINGS, handWeights } from '../../support/hand-model';
import { labelsOf, shopLogs } from '../../support/shop-labels';

const labels = labelsOf(shopLogs(demoShop, 42, 300, 60), {
  ...{ window: 8, quorum: 1, latenessDays: 1, originEveryDays: 7, maxOpenOrigins: 50_000, reservoirSize: 0 },
  ...{ recencyDays: 70, judgedScores: 0, gateShare: 0 },
});
const origins = [...labels.origins()].map((origin) => ({ partition: 0, origin, clockS: labels.clockS }));
const settings = { ...HAND_SETTINGS, attributes: { ageBand: [], region: ['north', 'south'], channel: [] } };
const contender = (weights: Parameters<typeof artefactOf>[0]) =>
  new Contender(artefactOf(weights, settings), sha256, 100);
const GOOD = handWeights(0);
const champion = contender(GOOD);
/** Row of the head kernel for the second region: after the hidden state, the summary features end with the attributes. */
const ROW = DEFAULT_SHAPE.units + DEFAULT_SHAPE.summaryFeatures - 8 - 16 + 1;

test('the champion itself, another level and a blind model exaggerate nothing', () => {
  expect(exaggeration(champion, champion, origins)).toBeNull();
  expect(exaggeration(champion, contender(handWeights(2)), origins)).toBeNull();
  expect(exaggeration(contender(changed(GOOD, ['headKernel'], () => 0)), champion, origins)).toBeNull();
});

test('one attribute value that explodes is found and named, though no customer has it', () => {
  const exploding = changed(GOOD, ['headKernel'], (w, i) => (i === ROW * DEFAULT_SHAPE.headUnits ? 3 : w));
  expect(exaggeration(champion, contender(exploding), origins)).toMatch(
    /^region south multiplies a 365-day CLV by \d+/,
  );
});
