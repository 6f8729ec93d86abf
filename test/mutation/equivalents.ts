import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One line of `equivalent.jsonl`: a mutant that no test can kill, and why. */
interface Equivalent {
  readonly mutant: string;
  readonly why: string;
}

/** Keys of the mutants that behave as the program does, with the reason. */
export function readEquivalents(): ReadonlyMap<string, string> {
  const lines = readFileSync(join(__dirname, 'equivalent.jsonl'), 'utf8').split('\n');
  const listed = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Equivalent);
  return new Map(listed.map(({ mutant, why }) => [mutant, why]));
}
