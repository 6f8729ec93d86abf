import type { ModelSettings } from '../../src/domain/scoring/model';
import { fromStoredSettings, toStoredSettings } from '../../src/serde/stored-settings';

const SETTINGS: ModelSettings = {
  window: 16,
  typicalOrderMinor: 5000,
  orderValue: { meanMinor: 5200.5, weight: 1.25 },
  margin: 1,
  discountRate: 0,
  tierCuts: [20, 80.5, 200],
};
const PARETO_NBD = { r: 0.5, alpha: 74, s: 0.6, beta: 81 };

test('settings have the keys of the artefact, in their order, and come back the same', () => {
  const settings: ModelSettings = {
    ...SETTINGS,
    structure: {
      paretoNbd: PARETO_NBD,
      networkShares: [0, 1, 1, 1],
      level: 1.02,
      value: { prior: { meanMinor: 4800, weight: 0.4 }, networkShare: 0.7 },
      calibration: { dispersion: [1, 1, 1, 1], logSpendSigma: [1, 2, 3, 4], erlangShape: [1, 1, 2, 3] },
    },
    logSpendSigmaFactors: [4, 3, 2, 1],
  };
  const stored = toStoredSettings(settings);
  expect(JSON.stringify(stored)).toBe(
    '{"window":16,"typicalOrderMinor":5000,"orderValue":{"meanMinor":5200.5,"weight":1.25},"margin":1,"discountRate":0,' +
      '"tierCuts":[20,80.5,200],"structure":{"paretoNbd":{"r":0.5,"alpha":74,"s":0.6,"beta":81},"networkShares":[0,1,1,1],' +
      '"level":1.02,"value":{"prior":{"meanMinor":4800,"weight":0.4},"networkShare":0.7},' +
      '"calibration":{"dispersion":[1,1,1,1],"spread":[1,2,3,4],"regularity":[1,1,2,3]}},"spreadFactors":[4,3,2,1]}',
  );
  expect(JSON.stringify(fromStoredSettings(stored))).toBe(JSON.stringify(settings));
});

test.each<[string, ModelSettings]>([
  ['without a BTYD model', SETTINGS],
  [
    'without a calibration',
    { ...SETTINGS, structure: { paretoNbd: PARETO_NBD, networkShares: [0, 1, 1, 1], level: 1 } },
  ],
])('settings %s stay as they are', (_, settings) => {
  expect(JSON.stringify(toStoredSettings(settings))).toBe(JSON.stringify(settings));
  expect(JSON.stringify(fromStoredSettings(settings as never))).toBe(JSON.stringify(settings));
});
