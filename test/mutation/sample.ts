import { createHash } from 'node:crypto';
import type { Mutant } from './mutant';

/** Order of the draw: by a hash of seed and key, so that most of a sample stays the same when a source changes. */
function drawn(seed: number, mutants: readonly Mutant[]): Mutant[] {
  return mutants
    .map((mutant) => ({ mutant, rank: createHash('sha256').update(`${seed} ${mutant.key}`).digest('hex') }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ mutant }) => mutant);
}

/** `count` mutants in all: as many of each stratum as of the others, or all of a stratum that has fewer. */
export function sample(strata: readonly (readonly Mutant[])[], count: number, seed: number): Mutant[][] {
  const shares = strata.map(() => 0);
  let left = Math.min(
    count,
    strata.reduce((sum, mutants) => sum + mutants.length, 0),
  );
  while (left > 0) {
    for (const [i, mutants] of strata.entries()) {
      if (left === 0 || shares[i] === mutants.length) continue;
      shares[i]! += 1;
      left -= 1;
    }
  }
  return strata.map((mutants, i) => drawn(seed, mutants).slice(0, shares[i]));
}
