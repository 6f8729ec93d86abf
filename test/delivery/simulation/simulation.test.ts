import { testSeed } from '../../support/seeded';
import { report, simulate } from './simulate';
import { FAULTS } from './world';

const SCHEDULES = 2_000;

/** For 100,000 and more: npm run simulate:delivery. */
const seed = testSeed();
test(`${SCHEDULES} schedules: nothing lost, doubled, missing or counted wrong (CLV_TEST_SEED=${seed})`, () => {
  const totals = simulate('full', seed, SCHEDULES);
  // A fault that never occurred proves nothing.
  const alwaysAtWork = {
    'lossy-network': 'late',
    'stale-reads': 'stale',
    'late-offsets': 'settledLate',
    'aborted-offsets': 'abortedShown',
    stalls: 'stalled',
  };
  for (const fault of FAULTS) {
    const name = Object.entries(alwaysAtWork).find(([kind]) => kind === fault)?.[1] ?? fault;
    // A commit must be torn, and Redis must start again before another fault removes the part.
    const least = SCHEDULES / (fault === 'torn-commits' ? 40 : 20);
    expect([fault, (totals.injected.get(name) ?? 0) > least]).toEqual([fault, true]);
  }
  expect(totals.injected.get('resent')).toBeGreaterThan(0);
  expect(totals.injected.get('overlapped')).toBeGreaterThan(SCHEDULES);
  expect(totals.injected.get('heldOnly')).toBeGreaterThan(SCHEDULES / 4);
  expect(totals.injected.get('heldInPart')).toBeGreaterThan(SCHEDULES / 4);
  expect(totals.published).toBeGreaterThan(10 * SCHEDULES);
  expect(`${totals.violated} violated\n${totals.first === null ? '' : report(totals)}`).toBe('0 violated\n');
});

test('the same seed runs the same schedule', () => {
  expect(simulate('full', seed, 50)).toEqual(simulate('full', seed, 50));
});
