import type { Mutant } from './mutant';
import type { Result } from './results';

/** A mutant of the sample with what became of it; result null where it is listed as equivalent. */
export interface Decided {
  readonly stratum: string;
  readonly mutant: Mutant;
  readonly result: Result | null;
}

export interface Score {
  readonly killed: number;
  readonly timeout: number;
  readonly survived: number;
  readonly equivalent: number;
  readonly invalid: number;
  /** Killed or timed out, of those that are neither equivalent nor invalid; 1 where there are none. */
  readonly share: number;
}

export function scoreOf(decided: readonly Decided[]): Score {
  const count = (fate: string) => decided.filter(({ result }) => (result?.fate ?? 'equivalent') === fate).length;
  const [killed, timeout, survived] = [count('killed'), count('timeout'), count('survived')];
  const counted = killed + timeout + survived;
  return {
    killed,
    timeout,
    survived,
    equivalent: count('equivalent'),
    invalid: count('invalid'),
    share: counted === 0 ? 1 : (killed + timeout) / counted,
  };
}

const COLUMNS = ['killed', 'timeout', 'survived', 'equivalent', 'invalid'] as const;

function row(name: string, decided: readonly Decided[]): string {
  const score = scoreOf(decided);
  const numbers = COLUMNS.map((column) => `${score[column]}`.padStart(10)).join('');
  return `${name.padEnd(28)}${`${decided.length}`.padStart(7)}${numbers}${`${(100 * score.share).toFixed(1)} %`.padStart(9)}`;
}

/** Survivors with where they are, then one row per folder. */
export function describeRun(decided: readonly Decided[]): string {
  const survivors = decided.filter(({ result }) => result?.fate === 'survived');
  const strata = [...new Set(decided.map(({ stratum }) => stratum))];
  const header = `${'folder'.padEnd(28)}${'sampled'.padStart(7)}${COLUMNS.map((name) => name.padStart(10)).join('')}${'score'.padStart(9)}`;
  return [
    ...survivors.map(({ mutant }) => `survived  ${mutant.path}:${mutant.line}\n  ${mutant.key}`),
    '',
    header,
    ...strata.map((name) =>
      row(
        name,
        decided.filter(({ stratum }) => stratum === name),
      ),
    ),
    row('all', decided),
  ].join('\n');
}
