import { steadyTime } from '../../src/ports/clock';

test('the steady time follows the wall clock, except when that is set back', () => {
  const clock = { ms: 1_000_000, s: 50, nowMs: () => clock.ms, elapsedS: () => clock.s };
  const nowMs = steadyTime(clock);
  const later = (wallMs: number, passedS: number) => {
    clock.ms += wallMs;
    clock.s += passedS;
    return nowMs();
  };
  expect(nowMs()).toBe(1_000_000);
  expect(later(3_000, 3)).toBe(1_003_000);
  expect(later(9_000_000, 1)).toBe(10_003_000);
  expect(later(-20_000_000, 1)).toBe(1_005_000);
});
