import { trainersInWords } from '../../../src/cli/compose/trainer-identity';
import { topicsOf } from '../../../src/cli/platform/platform';
import { readSettings } from '../../../src/config/settings';
import { DEFAULT_TRAINER_SETTINGS, DEMO_TRAINER_SETTINGS } from '../../../src/services/trainer/settings';

const topics = topicsOf(
  readSettings({ CLV_TRAIN_SHARED: 'true', KAFKA_BROKERS: 'localhost:9092', REDIS_URL: 'redis://localhost' }),
);
const settings = DEFAULT_TRAINER_SETTINGS;
const COMMON = { settings, seed: 1, firstArtefact: Uint8Array.of(1, 2) };

test('trainers with the same settings are of one deployment, in whatever order the settings are', () => {
  const turned = Object.fromEntries(Object.entries(settings).reverse());
  expect(trainersInWords(topics, { ...COMMON, settings: turned })).toBe(trainersInWords(topics, COMMON));
  expect(trainersInWords(topics, COMMON)).toMatch(
    /^topics .+ to clv-examples and clv-learning, training settings [0-9a-f]{12}, first model [0-9a-f]{12}$/,
  );
});

test.each([
  ['CLV_ORIGIN_EVERY_DAYS', { settings: { ...settings, originEveryDays: 8 } }],
  ['CLV_LATENESS_SECONDS', { settings: { ...settings, latenessDays: 1 } }],
  ['a field of a group', { settings: { ...settings, gate: { ...settings.gate, minOrigins: 7 } } }],
  ['--accelerated', { settings: DEMO_TRAINER_SETTINGS }],
  ['CLV_TRAIN_SEED', { seed: 2 }],
  ['CLV_MODEL', { firstArtefact: Uint8Array.of(1, 3) }],
])('a trainer with another %s is of another one', (_, change) => {
  expect(trainersInWords(topics, { ...COMMON, ...change })).not.toBe(trainersInWords(topics, COMMON));
});

test('a trainer with other topics is of another one', () => {
  const other = { ...topics, training: { ...topics.training!, learning: 'other-learning' } };
  expect(trainersInWords(other, COMMON)).not.toBe(trainersInWords(topics, COMMON));
});
