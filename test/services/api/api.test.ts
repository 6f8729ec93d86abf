import type { ModelRegistry } from '../../../src/ports/model-registry';
import { type Api, startApi } from '../../../src/services/api/api';
import { FakeShop, fakeUpdate } from '../../support/fake-updates';
import { decodeJsonUpdate, MemoryUpdatesLog } from '../../support/memory-updates-log';
import { type Notice, quietObserver } from '../../support/quiet-observer';
import { eventually, realClock } from '../../support/real-clock';

let log: MemoryUpdatesLog;
let api: Api;
let notices: Notice[];

beforeEach(() => {
  log = new MemoryUpdatesLog(3);
  notices = [];
});

afterEach(() => api.close());

function start(models?: ModelRegistry): void {
  api = startApi({
    reader: log,
    topic: 'clv-updates',
    partitions: 3,
    decodeUpdate: decodeJsonUpdate,
    clock: realClock,
    observer: quietObserver(notices),
    inputLagRecords: () => 12,
    ...(models === undefined ? {} : { models }),
  });
}

test('an empty log is caught up at once', async () => {
  start();
  await eventually('caught up', () => api.caughtUp());
  expect(api.status()).toMatchObject({
    updates: 0,
    customers: 0,
    currency: null,
    modelVersion: null,
    inputLagRecords: 12,
  });
});

test('folds what was there, then what comes', async () => {
  const shop = new FakeShop(30, 1);
  for (let i = 0; i < 300; i += 1) log.append(i % 2, shop.next(), 1000 + i);
  start();
  await eventually('caught up', () => api.caughtUp());
  expect(api.status()).toMatchObject({ updates: 300, currency: 'EUR', viewLagRecords: 0, newestUpdateAtMs: 1299 });
  const next = shop.next();
  log.append(0, next, 5000);
  await eventually('the next update', () => api.customer(next.customerId)?.asOfS === next.asOfS);
  expect(api.ranked('value', 5)).toHaveLength(5);
  expect(api.segments()).toHaveLength(20);
  expect(api.models()).toHaveLength(1);
  expect(api.history(next.customerId).points.at(-1)?.value).toBe(next.value);
  await eventually('a rate', () => api.status().updatesPerSecond > 0);
});

test('a tombstone erases; foreign bytes are counted and logged once', async () => {
  log.append(0, fakeUpdate({ customerId: 'gone' }), 1);
  log.appendBytes(0, 'gone', null, 2);
  log.appendBytes(1, 'x', new Uint8Array([1, 2]), 3);
  log.appendBytes(1, 'x', new Uint8Array([1, 2]), 4);
  start();
  await eventually('both seen', () => api.status().undecodable === 2);
  await eventually('caught up', () => api.caughtUp());
  expect(api.customer('gone')).toBeNull();
  expect(notices).toHaveLength(1);
});

test('a failing reader is reported, and reading resumes at its position', async () => {
  const real = log.follow.bind(log);
  let calls = 0;
  log.follow = (...args) => (calls++ === 0 ? Promise.reject(new Error('boom')) : real(...args));
  log.append(2, fakeUpdate(), 1);
  start();
  await eventually('read after the retry', () => api.customer('c-1') !== null);
  expect(notices).toMatchObject([{ level: 'error', message: 'the api could not follow updates; trying again' }]);
});

test('the model registry says why a model was promoted', async () => {
  const registry: ModelRegistry = {
    publish: async () => {},
    keep: async () => {},
    current: async () => null,
    versions: async () => new Map(),
    history: async () => [],
    watchCurrent: async () => undefined,
    watchHistory: async (onAnnouncement) =>
      onAnnouncement({
        version: 'm-1',
        artefact: new Uint8Array(),
        announcedAtMs: 5,
        note: 'better by 3 %',
        sequence: 0,
        release: { action: 'promoted', by: 'ann@till', reason: 'spring', pinned: false, earlier: [] },
      }),
    close: async () => {},
  };
  log.append(0, fakeUpdate(), 9);
  start(registry);
  await eventually('folded', () => api.status().updates === 1);
  expect(api.models()[0]).toMatchObject({ version: 'm-1', updates: 1, firstSeenAtMs: 9 });
  expect(api.models()[0]).toMatchObject({
    note: 'better by 3 %',
    action: 'promoted',
    by: 'ann@till',
    reason: 'spring',
  });
});
