import { endedIntervals, recentLevel } from '../../../src/domain/blend/level';
import { segmentFactors } from '../../../src/domain/blend/segment-factors';
import { testSeed } from '../../support/seeded';
import { type Stream, streamRows } from '../../support/stream-rows';

const seed = testSeed();
const CHOICE = { networkShares: [0, 1, 1, 1], valueShare: 0.5 };

function factorsOf(stream: Partial<Stream>) {
  const { rows, clockS } = streamRows(seed, { days: 150, knows: 'network', ...stream });
  const intervals = endedIntervals(rows, CHOICE, clockS);
  return { intervals, factors: segmentFactors(intervals) };
}

test('segments that order more or less often than said are corrected, each by its own factor', () => {
  const { intervals, factors } = factorsOf({ bySegment: [1, 0.6, 1, 1.6] });
  const [, one, two, four] = factors as [number, number, number, number];
  expect(one / two).toBeLessThan(0.75);
  expect(four / two).toBeGreaterThan(1.35);
  // With the level, what is said is what came.
  const moved = intervals.map((one) => ({ ...one, expected: one.expected * factors[one.segment]! }));
  const total = (of: (interval: (typeof moved)[number]) => number) => moved.reduce((sum, one) => sum + of(one), 0);
  const off = (recentLevel(moved) * total(({ expected }) => expected)) / total(({ orders }) => orders);
  expect(Math.abs(Math.log(off))).toBeLessThan(0.12);
});

test('a change for everyone is left to the level', () => {
  const { factors } = factorsOf({ factor: 0.4, changedDaysAgo: 30 });
  for (const factor of factors) expect(Math.abs(Math.log(factor))).toBeLessThan(0.25);
});

test('without labels every factor is 1', () => {
  expect(segmentFactors([])).toEqual([1, 1, 1, 1]);
});
