import { PROGRESS_MUTANTS, SAFETY_MUTANTS, variantNamed } from './mutants';
import { runSchedule } from './schedule';
import { report, simulate } from './simulate';

/** The rarest violation shows in one of some hundred schedules. */
const SCHEDULES = 6_000;

const mutants = Object.entries({ ...SAFETY_MUTANTS, ...PROGRESS_MUTANTS }).map(([name, mutant]) => ({
  name,
  faults: undefined,
  seenAt: 1,
  ...mutant,
}));

/** The first schedule that shows the violation: the stored one, else any from 1 on. Null if none does. */
function showingSchedule({ name, shows, faults, seenAt }: (typeof mutants)[number]): number | null {
  const variant = variantNamed(name);
  const shown = (seed: number): boolean => {
    const { found } = runSchedule(seed, faults === undefined ? { variant } : { variant, faults });
    return found.some(({ violation }) => violation === shows);
  };
  if (shown(seenAt)) return seenAt;
  for (let seed = 1; seed <= SCHEDULES; seed++) if (shown(seed)) return seed;
  return null;
}

test.each(mutants)('without it, "$shows" shows: $takenOut', (mutant) => {
  expect(showingSchedule(mutant)).not.toBeNull();
});

const profiles = [...new Set(mutants.map(({ faults }) => JSON.stringify(faults ?? null)))].map((text) =>
  JSON.parse(text),
);
test.each(profiles.filter((faults) => faults !== null).map((faults) => [faults]))(
  'with it, nothing shows under %j',
  (faults) => {
    const totals = simulate('full', 1, 150, faults);
    expect(totals.violated === 0 ? '' : report(totals)).toBe('');
  },
);

test('with transactions v2, an end that is sent again does no harm', () => {
  const totals = simulate('end-retried-v2', 1, 1_500, ['lossy-network', 'crash']);
  expect(totals.injected.get('late')).toBeGreaterThan(1_000);
  expect(totals.violated === 0 ? '' : report(totals)).toBe('');
});

test('an unknown variant is refused', () => {
  expect(() => variantNamed('no-such-guard')).toThrow('unknown variant no-such-guard; one of full, ');
  expect(() => simulate('', 1, 1)).toThrow('unknown variant');
});
