import { TopicWatch } from '../../../src/services/scorer/topic-watch';
import { ScorerWorld } from '../../support/scorer-world';

/** Watches orders and clicks, of 3 partitions. `look` says of each topic its id and partitions; absent topics are missing. */
function open() {
  const world = new ScorerWorld();
  const watch = new TopicWatch(world.observer, ['orders', 'clicks'], 3);
  const look = (topics: Record<string, [id: string | null, partitions: number]>) => {
    const facts = Object.entries(topics).map(([name, [id, partitions]]) => [name, { id, partitions }] as const);
    return watch.looked({ cluster: 'k', topics: new Map(facts) });
  };
  return { world, watch, look };
}

describe('the watch over the input topics', () => {
  test('logs nothing while they stay the same', () => {
    const { world, watch, look } = open();
    for (let i = 0; i < 2; i++) expect(look({ orders: ['a', 3], clicks: ['b', 3], others: ['c', 9] })).toBe(false);
    expect([world.observed, watch.reasons()]).toEqual([[], []]);
  });

  test('logs once that one is missing, also before one that exists, and once that it is back', () => {
    const { world, watch, look } = open();
    look({ clicks: ['b', 4] });
    look({ clicks: ['b', 4] });
    expect(world.facts('topic-fault')).toEqual([
      { topic: 'orders', fault: 'missing', present: true },
      { topic: 'clicks', fault: 'partitions', present: true },
    ]);
    expect(world.notices).toHaveLength(2);
    expect(world.notices[0]).toMatch(/^error: topic orders no longer exists: /);
    expect(watch.reasons()).toEqual(world.notices.map((line) => line.replace('error: ', '')));
    look({ orders: ['a', 3], clicks: ['b', 3] });
    look({ orders: ['a', 3], clicks: ['b', 3] });
    expect(world.facts('topic-fault').slice(2)).toEqual([
      { topic: 'orders', fault: 'missing', present: false },
      { topic: 'clicks', fault: 'partitions', present: false },
    ]);
    expect(watch.reasons()).toEqual([]);
  });

  test.each([
    [5, 'what lies in partition 3 and above is not read, and producers now place customers in other partitions. '],
    [2, 'partitions are gone. '],
  ])('says what %d partitions mean, and again when they are others', (partitions, effect) => {
    const { world, look } = open();
    look({ orders: ['a', partitions], clicks: ['b', 3] });
    expect(world.notices).toEqual([
      expect.stringContaining(`topic orders has ${partitions} partitions, and the state was folded with 3: ${effect}`),
    ]);
    look({ orders: ['a', 7], clicks: ['b', 3] });
    expect(world.notices[1]).toContain('topic orders has 7 partitions');
  });

  test('finds one that was created again, once, also after a look without ids', () => {
    const { world, look } = open();
    look({ orders: ['a', 3], clicks: ['b', 3] });
    expect(look({ orders: [null, 3], clicks: [null, 3] })).toBe(false);
    expect(look({ orders: ['a', 3], clicks: ['x', 3] })).toBe(true);
    expect(look({ orders: ['a', 3], clicks: ['x', 3] })).toBe(false);
    expect(world.facts('topic-fault')).toEqual([{ topic: 'clicks', fault: 'recreated', present: true }]);
    expect(world.notices).toEqual([
      expect.stringMatching(
        /^error: topic clicks was deleted and created again \(id b, now x\): its offsets start at 0\. /,
      ),
    ]);
  });
});
