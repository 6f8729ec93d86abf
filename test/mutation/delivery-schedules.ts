/** The simulation of the delivery protocol, cut short: ends at the first schedule that breaks a law. Only `npm run mutate` runs it. */

import { variantNamed } from '../delivery/simulation/mutants';
import { runSchedule } from '../delivery/simulation/schedule';

/** Where a mutant shows at all, it shows within some hundreds. */
const SCHEDULES = 800;

test(`${SCHEDULES} schedules break no law of delivery`, () => {
  const variant = variantNamed('full');
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const { found } = runSchedule(seed, { variant });
    expect({ seed, found }).toEqual({ seed, found: [] });
  }
});
