import { testSeed } from '../../support/seeded';
import { LEASE_MUTANTS } from './lease-mutants';
import { LEASE_FAULTS, type LeaseOutcome, runLeaseSchedule } from './lease-schedule';
import { REAL } from './lease-world';

const SCHEDULES = 60;
const MUTANT_SCHEDULES = 60;
const seed = testSeed();

const told = ({ seed: at, faults, broken }: LeaseOutcome) =>
  broken.length === 0 ? [] : [`seed ${at} (${[...faults]}): ${broken[0]!.law}: ${broken[0]!.detail}`];

test(`${SCHEDULES} schedules keep every law (CLV_TEST_SEED=${seed})`, () => {
  const outcomes = Array.from({ length: SCHEDULES }, (_, i) => runLeaseSchedule(seed + i, { variant: REAL }));
  expect(outcomes.flatMap(told)).toEqual([]);
  expect(outcomes.reduce((sum, { taken }) => sum + taken, 0)).toBeGreaterThan(SCHEDULES / 2);
  const injected = new Set(outcomes.flatMap((outcome) => Object.keys(outcome.injected)));
  expect(LEASE_FAULTS.filter((fault) => !injected.has(fault))).toEqual([]);
});

test('without leases, the group alone decides, and nobody takes over', () => {
  for (let i = 0; i < 10; i++) {
    const outcome = runLeaseSchedule(seed + i, {
      variant: REAL,
      hasLeases: false,
      faults: ['pause', 'restart', 'start'],
    });
    expect(outcome.taken).toBe(0);
    expect(told(outcome).filter((line) => !line.includes('in turn'))).toEqual([]);
  }
});

const mutants = Object.entries(LEASE_MUTANTS).map(([name, mutant]) => ({ name, seenAt: 1, ...mutant }));

test.each(mutants)('without it, "$shows" shows: $takenOut', ({ shows, faults, seenAt, variant }) => {
  const shown = (at: number) =>
    runLeaseSchedule(at, { variant: { ...REAL, ...variant }, faults }).broken.some(({ law }) => law === shows);
  const seeds = [seenAt, ...Array.from({ length: MUTANT_SCHEDULES }, (_, i) => i + 1)];
  const found = seeds.find(shown);
  expect(found).toBeDefined();
  // The same schedule with the guard.
  expect(told(runLeaseSchedule(found!, { variant: REAL, faults }))).toEqual([]);
});
