import { CustomerView } from '../../../src/services/api/customer-view';
import { FakeShop, FIRST_DAY_S, fakeUpdate } from '../../support/fake-updates';

const DAY_S = 86_400;

function update(customerId: string, value: number, offset: number, previous = value) {
  return fakeUpdate({
    customerId,
    value,
    asOfS: FIRST_DAY_S + offset * DAY_S,
    source: { topic: offset % 4, partition: 0, offset },
    change: { previous, model: 0, silence: 0, event: value - previous },
  });
}

test('keeps the latest update and the way to it', () => {
  const view = new CustomerView();
  view.apply(update('a', 100, 0), 1000);
  view.apply(update('a', 140, 1, 100), 2000);
  expect(view.customer('a')?.value).toBe(140);
  expect(view.customer('b')).toBeNull();
  expect(view.history('a')).toEqual({
    points: [
      expect.objectContaining({ value: 100, source: 'orders' }),
      expect.objectContaining({ value: 140, previous: 100, event: 40, source: 'clicks' }),
    ],
    truncated: false,
  });
  expect([view.updates, view.customers, view.newestUpdateAtMs, view.newestAsOfS]).toEqual([
    2,
    1,
    2000,
    FIRST_DAY_S + DAY_S,
  ]);
});

test('the same record read twice is folded once', () => {
  const view = new CustomerView();
  view.apply(update('a', 100, 0), 1000);
  view.apply(update('a', 100, 0), 1000);
  expect(view.updates).toBe(1);
  expect(view.history('a').points).toHaveLength(1);
});

test('histories are bounded: points per customer, and customers by last activity', () => {
  const view = new CustomerView({ customers: 2, points: 3 });
  for (let offset = 0; offset < 5; offset += 1) view.apply(update('a', offset, offset), 0);
  expect(view.history('a').points.map((point) => point.value)).toEqual([2, 3, 4]);
  expect(view.history('a').truncated).toBe(true);
  view.apply(update('b', 1, 5), 0);
  view.apply(update('a', 9, 6), 0);
  view.apply(update('c', 1, 7), 0);
  expect(view.history('b')).toEqual({ points: [], truncated: true });
  expect(view.history('a').points.at(-1)?.value).toBe(9);
  expect(view.customer('b')?.value).toBe(1);
  view.apply(update('b', 2, 8), 0);
  expect(view.history('b').truncated).toBe(true);
});

test('ranks by value, recomputed at most once a second', () => {
  const view = new CustomerView();
  view.apply(update('a', 100, 0), 0);
  view.apply(update('b', 300, 1), 0);
  expect(view.ranked('value', 10, 5000).map((row) => row.update.customerId)).toEqual(['b', 'a']);
  view.apply(update('c', 500, 2), 0);
  expect(view.ranked('value', 10, 5999)).toHaveLength(2);
  expect(view.ranked('value', 2, 6000).map((row) => row.update.customerId)).toEqual(['c', 'b']);
});

test('ranks by fall from the highest kept value; risers are not listed', () => {
  const view = new CustomerView();
  for (const [offset, value] of [400, 500, 350].entries()) view.apply(update('faller', value, offset), 0);
  for (const [offset, value] of [100, 200].entries()) view.apply(update('riser', value, offset), 0);
  expect(view.ranked('fall', 10, 0)).toEqual([
    { update: expect.objectContaining({ customerId: 'faller' }), fall: -150, trend: [400, 500, 350] },
  ]);
});

test('segments cover every customer exactly once', () => {
  const view = new CustomerView();
  const shop = new FakeShop(80, 3);
  for (let i = 0; i < 2000; i += 1) view.apply(shop.next(), i);
  const segments = view.segments(0);
  expect(segments).toHaveLength(20);
  expect(segments.reduce((sum, segment) => sum + segment.customers, 0)).toBe(view.customers);
  const ranked = view.ranked('value', 500, 0).reduce((sum, row) => sum + row.update.value, 0);
  expect(segments.reduce((sum, segment) => sum + segment.value, 0)).toBeCloseTo(ranked, 6);
});

test('a tombstone erases the customer everywhere', () => {
  const view = new CustomerView();
  for (const [offset, value] of [400, 300].entries()) view.apply(update('a', value, offset), 0);
  view.ranked('fall', 10, 0);
  view.remove('a');
  expect(view.customer('a')).toBeNull();
  expect(view.history('a').points).toEqual([]);
  expect(view.ranked('fall', 10, 0)).toEqual([]);
  expect(view.customers).toBe(0);
});

test('models: first and last event time, counts, swaps, notes; partitions out of step do not swap twice', () => {
  const view = new CustomerView();
  const scored = (modelVersion: string, offset: number, atMs: number) =>
    view.apply({ ...update('a', offset, offset), modelVersion }, atMs);
  scored('m1', 0, 1000);
  scored('m2', 2, 3000);
  scored('m1', 1, 2000);
  const release = { action: 'promoted', by: 'trainer', reason: '', pinned: false, earlier: ['m1'] } as const;
  const announced = {
    ...{ version: 'm2', artefact: new Uint8Array(), announcedAtMs: 2500, note: 'loss 0.40 against 0.44' },
    release,
  };
  view.modelAnnounced(announced);
  // A pin does not hide who has promoted it.
  view.modelAnnounced({ ...announced, release: { ...release, action: 'pinned', by: 'ann@till', pinned: true } });
  expect(view.modelVersion).toBe('m2');
  expect(view.modelSwaps).toBe(1);
  expect(view.models()).toEqual([
    {
      version: 'm1',
      firstAsOfS: FIRST_DAY_S,
      lastAsOfS: FIRST_DAY_S + DAY_S,
      firstSeenAtMs: 1000,
      updates: 2,
      ...{ note: null, action: null, by: null, reason: null },
    },
    {
      version: 'm2',
      firstAsOfS: FIRST_DAY_S + 2 * DAY_S,
      lastAsOfS: FIRST_DAY_S + 2 * DAY_S,
      firstSeenAtMs: 3000,
      updates: 1,
      ...{ note: 'loss 0.40 against 0.44', action: 'promoted', by: 'trainer', reason: null },
    },
  ]);
});
