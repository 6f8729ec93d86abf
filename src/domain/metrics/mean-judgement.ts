import type { Judgement } from './forecast';

/**
 * The mean of every measure over several judgements (of several seeds). Tables of equal size are averaged entry by entry. The bins of
 * calibration plots differ, so that of the first judgement is used.
 */
export function meanJudgement(judgements: readonly Judgement[]): Judgement {
  return merged(judgements) as Judgement;
}

function merged(values: readonly unknown[]): unknown {
  const [first] = values;
  if (typeof first === 'number') return (values as number[]).reduce((sum, value) => sum + value, 0) / values.length;
  if (Array.isArray(first)) {
    const lists = values as unknown[][];
    if (lists.some(({ length }) => length !== first.length)) return first;
    return first.map((_, i) => merged(lists.map((list) => list[i])));
  }
  if (typeof first === 'object' && first !== null) {
    const rows = values as Record<string, unknown>[];
    return Object.fromEntries(Object.keys(first).map((key) => [key, merged(rows.map((row) => row[key]))]));
  }
  return first;
}

/** Standard deviation over seeds of one measure; 0 for one seed. */
export function seedDeviation(judgements: readonly Judgement[], measure: 'spearman' | 'nGini' | 'bias'): number {
  const values = judgements.map((judgement) => judgement[measure]);
  const middle = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1));
}
