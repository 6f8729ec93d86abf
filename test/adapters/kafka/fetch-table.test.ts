import type { FetchedPartition } from '../../../src/adapters/kafka/fetch-request';
import { emptyBatch, FetchTable, wantedOf } from '../../../src/adapters/kafka/fetch-table';

const NOW_MS = 50_000;

function opened(next = 7) {
  const table = new FetchTable();
  table.open('orders', 0, next);
  return { table, entry: table.get('orders', 0)! };
}

const answer = (end: number) => ({ lastStableOffset: end, highWatermark: end + 3 }) as FetchedPartition;

test('a new position is a new entry, and the old one is no longer current', () => {
  const { table, entry } = opened();
  expect(table.isCurrent(entry)).toBe(true);
  table.open('orders', 0, 9);
  expect(table.isCurrent(entry)).toBe(false);
  expect(table.get('orders', 0)).toMatchObject({ next: 9, paused: false, hasDelivered: false });
  table.drop('orders', 0);
  expect(table.get('orders', 0)).toBeUndefined();
  expect([...table.all()]).toEqual([]);
});

describe('wanted entries', () => {
  test('are those that can take records now', () => {
    const { table } = opened();
    for (const partition of [1, 2, 3]) table.open('orders', partition, 0);
    table.get('orders', 1)!.paused = true;
    table.get('orders', 2)!.held = { topic: 'orders', partition: 2, records: [], nextOffset: 0, end: 0 };
    table.get('orders', 3)!.retryAtMs = NOW_MS + 1;
    expect(wantedOf([...table.all()], NOW_MS).map(({ partition }) => partition)).toEqual([0]);
    expect(wantedOf([...table.all()], NOW_MS + 1).map(({ partition }) => partition)).toEqual([0, 3]);
  });

  test('are one entry, if it must be requested alone', () => {
    const { table } = opened();
    table.open('orders', 1, 0);
    table.get('orders', 1)!.alone = true;
    expect(wantedOf([...table.all()], NOW_MS).map(({ partition }) => partition)).toEqual([1]);
  });
});

describe('an answer without a batch', () => {
  test('at the end of the log is delivered once, with the end', () => {
    const { entry } = opened();
    expect(emptyBatch(entry, answer(7), false, NOW_MS)).toEqual({
      topic: 'orders',
      partition: 0,
      records: [],
      nextOffset: 7,
      end: 7,
    });
    entry.hasDelivered = true;
    expect(emptyBatch(entry, answer(7), true, NOW_MS)).toBeNull();
  });

  test('before the end skips one offset after three seconds of requests for this partition alone', () => {
    const { entry } = opened();
    expect(emptyBatch(entry, answer(9), false, NOW_MS)).toBeNull();
    expect(entry.alone).toBe(true);
    expect(emptyBatch(entry, answer(9), true, NOW_MS)).toBeNull();
    expect(entry).toMatchObject({ alone: false, emptySinceMs: NOW_MS, retryAtMs: NOW_MS + 100 });
    expect(emptyBatch(entry, answer(9), true, NOW_MS + 2_999)).toBeNull();
    expect(emptyBatch(entry, answer(9), true, NOW_MS + 3_000)).toMatchObject({ records: [], nextOffset: 8, end: 9 });
  });
});
