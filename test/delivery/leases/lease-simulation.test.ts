import { testSeed } from '../../support/seeded';
import { LEASE_MUTANTS } from './lease-mutants';
import { runLeaseSchedule } from './lease-schedule';
import { REAL } from './lease-world';

const SCHEDULES = Number(process.env.N ?? 50);
const seed = testSeed();

test(`${SCHEDULES} schedules (CLV_TEST_SEED=${seed})`, () => {
  const kinds: Record<string, number> = {};
  const first: Record<string, string> = {};
  let taken = 0;
  const started = Date.now();
  for (let s = seed; s < seed + SCHEDULES; s++) {
    const outcome = runLeaseSchedule(s, { variant: REAL });
    taken += outcome.taken;
    for (const law of new Set(outcome.broken.map(({ law }) => law))) {
      kinds[law] = (kinds[law] ?? 0) + 1;
      first[law] ??= `${s} [${[...outcome.faults]}] ${JSON.stringify(outcome.broken.slice(0, 3))}`;
    }
  }
  console.log(Date.now() - started, 'ms', taken, kinds, first);
});

test('mutants', () => {
  const lines: string[] = [];
  for (const [name, { shows, faults, variant }] of Object.entries(LEASE_MUTANTS)) {
    let at = 0;
    const others = new Set<string>();
    for (let s = 1; s <= Number(process.env.M ?? 40) && at === 0; s++) {
      const { broken } = runLeaseSchedule(s, { variant: { ...REAL, ...variant }, faults });
      for (const { law } of broken) others.add(law);
      if (broken.some(({ law }) => law === shows)) at = s;
    }
    lines.push(`${name}: ${at} ${[...others]}`);
  }
  console.log(lines.join('\n'));
});
