import { PROGRESS_MUTANTS, SAFETY_MUTANTS, variantNamed } from './mutants';
import { runSchedule } from './schedule';
import { report, simulate } from './simulate';

/** The rarest is seen in one schedule of some hundreds. */
const SCHEDULES = 6_000;

const mutants = Object.entries({ ...SAFETY_MUTANTS, ...PROGRESS_MUTANTS }).map(([name, mutant]) => ({
  name,
  faults: undefined,
  ...mutant,
}));

/** Seeds from 1 on; the number of schedules until the violation shows, null where it does not. */
function schedulesUntil(name: string, shows: string, faults: (typeof mutants)[number]['faults']): number | null {
  const variant = variantNamed(name);
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const { found } = runSchedule(seed, faults === undefined ? { variant } : { variant, faults });
    if (found.some(({ violation }) => violation === shows)) return seed;
  }
  return null;
}

test.each(mutants)('without it, "$shows" shows: $takenOut', ({ name, shows, faults }) => {
  expect(schedulesUntil(name, shows, faults)).not.toBeNull();
});

const profiles = [...new Set(mutants.map(({ faults }) => JSON.stringify(faults ?? null)))].map((text) =>
  JSON.parse(text),
);
test.each(profiles.filter((faults) => faults !== null).map((faults) => [faults]))(
  'with it, nothing shows under %j',
  (faults) => {
    const totals = simulate('full', 1, 500, faults);
    expect(totals.violated === 0 ? '' : report(totals)).toBe('');
  },
);

test('an unknown variant is refused', () => {
  expect(() => variantNamed('no-such-guard')).toThrow('unknown variant no-such-guard; one of full, ');
  expect(() => simulate('', 1, 1)).toThrow('unknown variant');
});
