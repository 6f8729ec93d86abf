import { countFaults } from '../../src/domain/partition-counts';
import { seeded, testSeed } from '../support/seeded';

const of = (counts: Record<string, number>, configured: number | null) =>
  countFaults(new Map(Object.entries(counts)), configured).map(({ topic, fault }) => `${topic} ${fault}`);

test('one topic of several has grown: it is the one to create again, whatever is configured', () => {
  const counts = { orders: 12, clicks: 16, browses: 12 };
  const grown =
    'clicks has 16 partitions, and the other topics have 12; create it again with 12 partitions and copy its records by customer id, or name another topic (CLV_TOPIC_…)';
  expect(of(counts, 12)).toEqual([grown]);
  expect(of(counts, null)).toEqual([grown]);
  expect(of(counts, 16)).toEqual([
    'orders has 12 partitions, but 16 are configured; set CLV_PARTITIONS=12, or name new topics (CLV_TOPIC_…)',
    grown,
    'browses has 12 partitions, but 16 are configured; set CLV_PARTITIONS=12, or name new topics (CLV_TOPIC_…)',
  ]);
});

test('all agree, and another count is configured: the setting is to be changed', () => {
  expect(of({ orders: 3, clicks: 3 }, 5)).toEqual([
    expect.stringMatching(/^orders has 3 .*set CLV_PARTITIONS=3/),
    expect.stringMatching(/^clicks has 3 .*set CLV_PARTITIONS=3/),
  ]);
  expect(of({ orders: 3, clicks: 3 }, 3)).toEqual([]);
  expect(of({ orders: 3, clicks: 3 }, null)).toEqual([]);
  expect(of({}, 4)).toEqual([]);
});

test('two counts are equally frequent: the configured one is right, else the smaller one, since topics only grow', () => {
  expect(of({ orders: 8, clicks: 4 }, 8)).toEqual([expect.stringMatching(/^clicks has 4 .*the other topic has 8/)]);
  expect(of({ orders: 8, clicks: 4 }, null)).toEqual([expect.stringMatching(/^orders has 8 .*the other topic has 4/)]);
});

const random = seeded(testSeed());

test(`following the advice leaves no fault (seed ${random.seed})`, () => {
  for (let i = 0; i < 300; i++) {
    const configured = random.pick([null, 1, 4, 12]);
    const counts = new Map(
      Array.from({ length: 1 + random.below(8) }, (_, topic) => [`t${topic}`, random.pick([1, 4, 12, 16])] as const),
    );
    const faults = countFaults(counts, configured);
    const again = new Map<string, number>(counts);
    let setting = configured;
    for (const { topic, fault } of faults) {
      const create = /create it again with (\d+) /.exec(fault);
      const set = /set CLV_PARTITIONS=(\d+)/.exec(fault);
      expect(create === null).toBe(set !== null);
      if (create) again.set(topic, Number(create[1]));
      else setting = Number(set![1]);
    }
    // If no topic asks for another setting, the right topics have the configured count already.
    expect({ counts: [...counts], left: countFaults(again, setting) }).toMatchObject({ left: [] });
  }
});
