import { DEFAULT_MAX_BATCH_BYTES } from '../../../src/adapters/kafka/batching';
import { awaitPartitions, topicSpecs, topicsOf } from '../../../src/cli/platform/platform';
import { readSettings } from '../../../src/config/settings';
import { type Notice, quietObserver } from '../../support/quiet-observer';
import { realClock } from '../../support/real-clock';

const settings = readSettings({
  ...{ CLV_TRAIN_SHARED: 'true', CLV_PARTITIONS: '3' },
  ...{ KAFKA_BROKERS: 'localhost:9092', REDIS_URL: 'redis://localhost' },
});
const shared = topicsOf(settings);
/** Those that setup creates without CLV_TRAIN_SHARED. */
const before = topicSpecs({ ...settings, CLV_TRAIN_SHARED: false });

function platformWith(specs: typeof before) {
  const counts = new Map(specs.map(({ name, partitions }) => [name, partitions]));
  const admin = () => ({
    ensureTopics: async () => ({ created: [], faults: [] }),
    partitionCounts: async (names: readonly string[]) => new Map([...counts].filter(([name]) => names.includes(name))),
    close: async () => undefined,
  });
  return { topics: shared, admin };
}

test('only a trainer waits for the topics between trainers', async () => {
  const quiet = quietObserver();
  const { signal } = new AbortController();
  expect(await awaitPartitions(platformWith(before), quiet, realClock, signal)).toBe(3);
  expect(await awaitPartitions(platformWith(topicSpecs(settings)), quiet, realClock, signal, { trains: true })).toBe(3);

  const stop = new AbortController();
  const notices: Notice[] = [];
  const observer = quietObserver(notices);
  const waiting = awaitPartitions(platformWith(before), observer, realClock, stop.signal, { trains: true });
  setTimeout(() => stop.abort(), 20);
  await expect(waiting).rejects.toThrow('stopped while waiting');
  expect(notices[0]!.message).toBe(
    'topics clv-examples, clv-learning do not exist: run clv-stream setup with CLV_TRAIN_SHARED=true',
  );
});

test('another partition count of the topic between trainers stops a trainer only', async () => {
  const other = topicSpecs(settings).map((spec) => (spec.name === 'clv-examples' ? { ...spec, partitions: 2 } : spec));
  const quiet = quietObserver();
  const { signal } = new AbortController();
  expect(await awaitPartitions(platformWith(other), quiet, realClock, signal)).toBe(3);
  await expect(awaitPartitions(platformWith(other), quiet, realClock, signal, { trains: true })).rejects.toThrow(
    'clv-examples 2',
  );
});

test('setup checks that the topics between trainers take a whole request of a writer', () => {
  const sizes = new Map(topicSpecs(settings).map(({ name, maxMessageBytes }) => [name, maxMessageBytes]));
  expect(sizes.get('clv-examples')).toBeGreaterThan(DEFAULT_MAX_BATCH_BYTES);
  expect(sizes.get('clv-learning')).toBeGreaterThan(DEFAULT_MAX_BATCH_BYTES);
});
