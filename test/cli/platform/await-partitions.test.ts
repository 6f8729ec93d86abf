import { DEFAULT_MAX_BATCH_BYTES } from '../../../src/adapters/kafka/batching';
import { awaitPartitions } from '../../../src/cli/platform/await-partitions';
import { topicSpecs, topicsOf } from '../../../src/cli/platform/platform';
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
  return { topics: shared, admin, logFault: (error: unknown) => ({ text: `the log is away: ${error}`, lasts: false }) };
}

test('only a trainer waits for the topics between trainers', async () => {
  const quiet = quietObserver();
  const { signal } = new AbortController();
  expect(await awaitPartitions(platformWith(before), { observer: quiet, clock: realClock, signal })).toBe(3);
  expect(
    await awaitPartitions(
      platformWith(topicSpecs(settings)),
      { observer: quiet, clock: realClock, signal },
      { trains: true },
    ),
  ).toBe(3);

  const stop = new AbortController();
  const notices: Notice[] = [];
  const observer = quietObserver(notices);
  const waiting = awaitPartitions(
    platformWith(before),
    { observer, clock: realClock, signal: stop.signal },
    { trains: true },
  );
  setTimeout(() => stop.abort(), 20);
  await expect(waiting).rejects.toThrow('stopped while waiting');
  expect(notices[0]!.message).toBe(
    'waiting: topics clv-examples, clv-learning do not exist: run clv-stream setup with CLV_TRAIN_SHARED=true',
  );
});

test('another partition count of the topic between trainers stops a trainer only', async () => {
  const other = topicSpecs(settings).map((spec) => (spec.name === 'clv-examples' ? { ...spec, partitions: 2 } : spec));
  const quiet = quietObserver();
  const { signal } = new AbortController();
  expect(await awaitPartitions(platformWith(other), { observer: quiet, clock: realClock, signal })).toBe(3);
  await expect(
    awaitPartitions(platformWith(other), { observer: quiet, clock: realClock, signal }, { trains: true }),
  ).rejects.toThrow('clv-examples has 2 partitions, and the other topics have 3');
});

test('setup checks that the topics between trainers take a whole request of a writer', () => {
  const sizes = new Map(topicSpecs(settings).map(({ name, maxMessageBytes }) => [name, maxMessageBytes]));
  expect(sizes.get('clv-examples')).toBeGreaterThan(DEFAULT_MAX_BATCH_BYTES);
  expect(sizes.get('clv-learning')).toBeGreaterThan(DEFAULT_MAX_BATCH_BYTES);
});

describe('a log that is away', () => {
  const names = topicSpecs({ ...settings, CLV_TRAIN_SHARED: false });
  /** Each sleep ends when the test says so. */
  class HandClock {
    readonly sleeps: { readonly ms: number; readonly end: () => void }[] = [];
    nowMs = () => 0;
    elapsedS = () => 0;
    sleep = (ms: number, stop?: AbortSignal) =>
      new Promise<void>((resolve) => {
        this.sleeps.push({ ms, end: resolve });
        stop?.addEventListener('abort', () => resolve());
      });
    end(ms: number): void {
      this.sleeps.find((sleep) => sleep.ms === ms)!.end();
    }
  }
  const turns = () => new Promise((resolve) => setImmediate(resolve));

  function awayLog(answers: (() => Promise<ReadonlyMap<string, number>>)[], lasts = false) {
    const last = answers.at(-1)!;
    const logFault = (error: unknown) => ({ text: error === null ? 'no answer yet' : (error as Error).message, lasts });
    const admin = () => ({ partitionCounts: () => (answers.length > 1 ? answers.shift()! : last)() });
    return { topics: shared, admin, logFault };
  }
  const refused = () => Promise.reject(new Error('Kafka is refused'));
  const all = async () => new Map(names.map(({ name, partitions }) => [name, partitions]));
  const never = () => new Promise<never>(() => undefined);

  function waitFor(log: ReturnType<typeof awayLog>, options = {}) {
    const clock = new HandClock();
    const notices: Notice[] = [];
    const stop = new AbortController();
    const waiting = awaitPartitions(log, { observer: quietObserver(notices), clock, signal: stop.signal }, options);
    waiting.catch(() => undefined);
    return { waiting, clock, stop, said: () => notices.map(({ message }) => message) };
  }

  test('a command says once what it waits for, and ends with it after 20 s', async () => {
    const { waiting, clock, said } = waitFor(awayLog([refused]));
    for (const pauseMs of [500, 1_000, 2_000]) {
      await turns();
      clock.end(pauseMs);
    }
    await turns();
    expect(said()).toEqual(['waiting: Kafka is refused']);
    clock.end(20_000);
    await expect(waiting).rejects.toThrow('gave up after 20 s. Kafka is refused');
  });

  test('no answer at all, neither a yes nor a no: it says so after 4 s, and ends all the same', async () => {
    const { waiting, clock, said } = waitFor(awayLog([never]));
    clock.end(4_000);
    await turns();
    expect(said()).toEqual(['waiting: no answer yet']);
    clock.end(20_000);
    await expect(waiting).rejects.toThrow('gave up after 20 s. no answer yet');
  });

  test('what waiting does not mend ends a command at once, and a service goes on', async () => {
    await expect(waitFor(awayLog([refused], true)).waiting).rejects.toThrow('Kafka is refused');
    const service = waitFor(awayLog([refused, all], true), { lasts: true });
    await turns();
    expect(service.said()).toEqual(['waiting: Kafka is refused']);
    service.clock.end(500);
    expect(await service.waiting).toBe(3);
    expect(service.said()).toEqual(['waiting: Kafka is refused', 'the log answers and has what was waited for']);
  });

  test('a service waits without end, says each reason once, and stops at a signal without an answer', async () => {
    const service = waitFor(awayLog([refused, async () => new Map(), refused, never]), { lasts: true });
    for (const pauseMs of [500, 1_000, 2_000]) {
      await turns();
      service.clock.end(pauseMs);
    }
    await turns();
    expect(service.clock.sleeps.some(({ ms }) => ms === 20_000)).toBe(false);
    expect(service.said()).toEqual([
      'waiting: Kafka is refused',
      expect.stringMatching(/do not exist: run clv-stream/),
    ]);
    service.stop.abort();
    await expect(service.waiting).rejects.toThrow('stopped while waiting');
  });

  test('nothing is said of a log that answers', async () => {
    const { waiting, said } = waitFor(awayLog([all]));
    expect(await waiting).toBe(3);
    expect(said()).toEqual([]);
  });
});
