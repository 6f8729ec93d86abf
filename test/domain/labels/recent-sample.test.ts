import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { recentSample } from '../../../src/domain/labels/recent-sample';
import { testSeed } from '../../support/seeded';

const seed = testSeed();
const MEMORY_S = 20 * SECONDS_PER_DAY;
const DAYS = 100;

/** `perDay` origins on each of 100 days. */
function origins(perDay: number, from: number) {
  return Array.from({ length: DAYS * perDay }, (_, i) => ({
    customerId: `c${seed}-${from}-${i}`,
    atS: 1_700_000_000 + (i % DAYS) * SECONDS_PER_DAY,
    day: i % DAYS,
  }));
}
const self = <T>(item: T) => item;

test('few are all in it, each for itself', () => {
  const items = origins(1, 0);
  expect(recentSample(items, self, DAYS, MEMORY_S)).toEqual(items.map((item) => ({ item, represents: 1 })));
});

test('of many, recent ones are more likely, and an hour with thousands does not push out the weeks before', () => {
  const items = origins(200, 1);
  const sample = recentSample(items, self, 1_000, MEMORY_S);
  expect(sample).toHaveLength(1_000);
  const within = (from: number, until: number) =>
    sample.filter(({ item }) => item.day >= from && item.day < until).length;
  const [late, early] = [within(80, 100), within(60, 80)];
  expect(late / early).toBeGreaterThan(Math.E * 0.75);
  expect(late / early).toBeLessThan(Math.E * 1.35);
  expect(within(0, 60)).toBeGreaterThan(60);
});

test('weighted totals are those of all items, whatever the recency', () => {
  // Relative to the mean of the sample, so only ratios are known: here the share of the first half.
  let [first, all] = [0, 0];
  for (let run = 0; run < 20; run++)
    for (const { item, represents } of recentSample(origins(50, 2 + run), self, 500, MEMORY_S)) {
      all += represents;
      if (item.day < DAYS / 2) first += represents;
    }
  expect(Math.abs(first / all - 0.5)).toBeLessThan(0.06);
});

test('the order of the items changes nothing', () => {
  const items = origins(20, 99);
  const byName = (sample: ReturnType<typeof recentSample<(typeof items)[number]>>) =>
    sample.map(({ item, represents }) => `${item.customerId} ${represents.toFixed(9)}`).sort();
  expect(byName(recentSample([...items].reverse(), self, 300, MEMORY_S))).toEqual(
    byName(recentSample(items, self, 300, MEMORY_S)),
  );
});
