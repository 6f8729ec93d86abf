import {
  type EndedInterval,
  endedIntervals,
  LEVEL_BOUNDS,
  recentLevel,
  recentNetworkLevel,
} from '../../../src/domain/blend/level';
import { drawNormal, mulberry32 } from '../../../src/domain/math/random';
import { testSeed } from '../../support/seeded';
import { type Stream, streamRows } from '../../support/stream-rows';

const seed = testSeed();
const CHOICE = { networkShares: [0, 1, 1, 1], valueShare: 0.5 };

function levelOf(stream: Partial<Stream>): number {
  const { rows, clockS } = streamRows(seed, { days: 150, knows: 'network', ...stream });
  return recentLevel(endedIntervals(rows, CHOICE, clockS));
}

test('a change of demand is in the level within weeks', () => {
  const levelAfter = (changedDaysAgo: number) => levelOf({ factor: 0.4, changedDaysAgo });
  expect(levelAfter(0)).toBeGreaterThan(0.85);
  expect(levelAfter(28)).toBeLessThan(0.4 * 1.5);
  expect(levelAfter(60)).toBeLessThan(0.4 * 1.25);
});

test('a blend whose total is right for good is not corrected much', () => {
  expect(Math.abs(Math.log(levelOf({})))).toBeLessThan(0.12);
});

test('a total that is off for good is corrected', () => {
  const level = levelOf({ factor: 1.6, changedDaysAgo: 1e9 });
  expect(level).toBeGreaterThan(1.6 * 0.85);
  expect(level).toBeLessThan(1.6 * 1.15);
});

/** One interval of seven days per day, of a hundred expected orders. */
function weeks(cameInWeek: (week: number) => number): EndedInterval[] {
  return Array.from({ length: 16 * 7 }, (_, agoDays) => {
    return { segment: 1, endDays: 7, agoDays, expected: 100, orders: 100 * cameInWeek(Math.floor(agoDays / 7)) };
  });
}

test('weeks that go up and down by chance are not chased: the correction predicts no worse than none', () => {
  const random = mulberry32(seed);
  let [excess, chased] = [0, 0];
  for (let run = 0; run < 200; run++) {
    const noise = Array.from({ length: 16 }, () => Math.exp(0.25 * drawNormal(random) - 0.031));
    const level = recentLevel(weeks((week) => noise[week]!));
    excess += level - Math.log(level) - 1;
    chased += noise[0]! - Math.log(noise[0]!) - 1;
  }
  expect(excess).toBeLessThan(chased / 4);
});

test('the network is not corrected in the first two weeks, and then by less than the blend never', () => {
  const young = (days: number) => weeks(() => 1.4).filter(({ agoDays }) => agoDays < days);
  expect(recentNetworkLevel(young(7))).toBe(1);
  expect(recentLevel(young(7))).toBeGreaterThan(1.2);
  expect(recentNetworkLevel(young(42))).toBeGreaterThan(1.3);
  // Off by two per cent for good: too little for the level, but the network would keep the error.
  const slightly = weeks(() => 1.02);
  expect(recentLevel(slightly)).toBe(1);
  expect(recentNetworkLevel(slightly)).toBeGreaterThan(1.01);
});

test('the level stays within its bounds, and without labels is 1', () => {
  expect(recentLevel([])).toBe(1);
  expect(recentLevel(weeks(() => 1_000))).toBe(LEVEL_BOUNDS[1]);
  expect(recentLevel(weeks(() => 0))).toBe(LEVEL_BOUNDS[0]);
});

test('an interval counts only the orders expected in it, and only up to 30 days after its origin', () => {
  const { rows, clockS } = streamRows(seed, { days: 120, knows: 'network' });
  const intervals = endedIntervals(rows, CHOICE, clockS);
  expect(intervals.length).toBeGreaterThan(0);
  for (const { endDays, expected } of intervals) {
    expect(endDays).toBeLessThanOrEqual(30);
    expect(expected).toBeGreaterThan(0);
  }
});

test('a row that stands for two origins counts twice', () => {
  const { rows, clockS } = streamRows(seed, { days: 60, knows: 'network' });
  const twice = endedIntervals([...rows, ...rows], CHOICE, clockS);
  const heavy = endedIntervals(
    rows.map((row) => ({ ...row, represents: 2 })),
    CHOICE,
    clockS,
  );
  const total = (of: readonly EndedInterval[]) =>
    of.reduce((sum, { expected, orders }) => sum + expected + 7 * orders, 0);
  expect(total(heavy)).toBeCloseTo(total(twice), 6);
  expect(recentLevel(heavy)).toBeCloseTo(recentLevel(twice), 10);
});
