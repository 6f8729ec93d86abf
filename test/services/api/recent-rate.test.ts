import { RecentRate } from '../../../src/services/api/recent-rate';

const START_MS = 1_790_000_000_000;

test('counts whole seconds; the running one is not shown', () => {
  const rate = new RecentRate();
  for (let second = 0; second < 20; second += 1) rate.add(START_MS + second * 1000 + 400, 50);
  expect(rate.perSecond(START_MS + 19_900)).toBe(50);
  expect(rate.lastMinute(START_MS + 19_900).slice(-20)).toEqual([0, ...new Array<number>(19).fill(50)]);
  expect(rate.lastMinute(START_MS)).toHaveLength(60);
});

test('forgets what is older than a minute, in one step or in many', () => {
  const rate = new RecentRate();
  rate.add(START_MS, 1000);
  expect(rate.lastMinute(START_MS + 60_000)[0]).toBe(1000);
  expect(rate.lastMinute(START_MS + 61_000)).toEqual(new Array<number>(60).fill(0));
  rate.add(START_MS + 61_000, 5);
  expect(rate.lastMinute(START_MS + 3_600_000)).toEqual(new Array<number>(60).fill(0));
});

test('a clock set back does not clear anything', () => {
  const rate = new RecentRate();
  rate.add(START_MS, 10);
  rate.add(START_MS - 5000, 10);
  expect(rate.lastMinute(START_MS + 1000).at(-1)).toBe(20);
});
