/** A row of numbers, or rows by name. */
export type Numbers = ArrayLike<number> | { readonly [name: string]: Numbers };

const SHOWN = 3;

interface Difference {
  readonly place: string;
  readonly actual: number | undefined;
  readonly expected: number | undefined;
}

/**
 * Null if every number is equal, or differs by at most `within` × max(1, its size). Otherwise at most five lines: how many differ, the
 * first ones, and the largest difference. Jest's own comparison of typed arrays prints every element.
 */
export function numbersFault(actual: Numbers, expected: Numbers, within = 0): string | null {
  const differences: Difference[] = [];
  let worst = 0;
  let count = 0;
  const compare = (place: string, a: Numbers | undefined, e: Numbers | undefined): void => {
    if (isRow(a) && isRow(e)) {
      for (let i = 0; i < Math.max(a.length, e.length); i++) {
        count += 1;
        const difference = { place: `${place}[${i}]`, actual: a[i], expected: e[i] };
        if (isSame(difference, within)) continue;
        differences.push(difference);
        worst = Math.max(worst, Math.abs((a[i] ?? Number.NaN) - (e[i] ?? Number.NaN)));
      }
      return;
    }
    if (a === undefined || e === undefined || isRow(a) || isRow(e)) {
      differences.push({ place: `${place} (of another shape)`, actual: undefined, expected: undefined });
      return;
    }
    for (const name of new Set([...Object.keys(a), ...Object.keys(e)])) compare(`${place}.${name}`, a[name], e[name]);
  };
  compare('', actual, expected);
  if (differences.length === 0) return null;
  const shown = differences.slice(0, SHOWN).map((d) => `  ${d.place}: ${d.actual}, expected ${d.expected}`);
  return [
    `${differences.length} of ${count} numbers differ by more than ${within}`,
    ...shown,
    `worst difference: ${worst}`,
  ].join('\n');
}

function isRow(numbers: Numbers | undefined): numbers is ArrayLike<number> {
  return Array.isArray(numbers) || ArrayBuffer.isView(numbers);
}

function isSame({ actual, expected }: Difference, within: number): boolean {
  if (Object.is(actual, expected)) return true;
  if (actual === undefined || expected === undefined || within === 0) return false;
  return Math.abs(actual - expected) <= within * Math.max(1, Math.abs(expected));
}
