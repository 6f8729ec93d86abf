import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HTTP_ERRORS } from '../../src/adapters/http/answers/errors';
import { EXIT } from '../../src/cli/process/process';
import { DEAD_LETTER_REASONS } from '../../src/domain/dead-letter';
import { STANDSTILL_CODES } from '../../src/services/scorer/standstill';
import { ROOT, readPage } from './pages';

/*
 * docs/errors.md is written by hand. Its rows are held to the codes of src: those of a list that can be imported, and by their form in the
 * source
 *   - the field `code = '…'` of an error class;
 *   - the members of a union of texts whose name ends in Code, Reason, Refusal or Fault;
 *   - a union of texts as the type of a field `reason`.
 */

interface Row {
  readonly code: string;
  /** Null in a table that gives a meaning in its place. */
  readonly message: string | null;
  readonly advice: string;
}

const SOURCE = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(ROOT, 'src', name), 'utf8'))
  .join('\n');
const ROWS = rowsOf(readPage('docs/errors.md'));

test('every code of src has one row, and every row is of a code', () => {
  expect(ROWS.map(({ code }) => code).sort()).toEqual([...codesOf(SOURCE)].sort());
});

test('every message is one of src, between its placeholders', () => {
  const literals = SOURCE.replace(/['`]\s*\+\s*['`]/g, '')
    .replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…')
    .replace(/\\(['`])/g, '$1');
  const fragments = ROWS.flatMap(({ code, message }) =>
    (message ?? '')
      .replace(/\\(.)/g, '$1')
      .split(/\*[^*]+\*/)
      .map((fragment) => ({ code, fragment: fragment.trim() })),
  );
  expect(fragments.filter(({ fragment }) => !literals.includes(fragment))).toEqual([]);
});

test('every row names the next step', () => {
  expect(ROWS.filter(({ advice }) => !/^[A-Z`].*\.$/.test(advice))).toEqual([]);
});

function codesOf(source: string): Set<string> {
  const literals = (text: string) => [...text.matchAll(/'([\w-]+)'/g)].map(([, literal = '']) => literal);
  const fields = [...source.matchAll(/readonly code = '([^']+)'/g)].map(([, code = '']) => code);
  const unions = source.matchAll(/type \w+(?:Code|Reason|Refusal|Fault) =((?:\s|\||\/\*\*.*?\*\/|'[\w-]+')+);/g);
  const reasons = source.matchAll(/reason: ((?:'[\w-]+' \| )+'[\w-]+')/g);
  return new Set([
    ...fields,
    ...[...unions, ...reasons].flatMap(([, union = '']) => literals(union)),
    ...DEAD_LETTER_REASONS,
    ...STANDSTILL_CODES,
    ...Object.keys(HTTP_ERRORS),
    ...Object.values(EXIT)
      .filter((code) => code !== EXIT.ok)
      .map(String),
  ]);
}

/** The rows of tables whose first column is the code and whose last is the advice. */
function rowsOf(page: string): Row[] {
  let heads: string[] = [];
  return page.split('\n').flatMap((line) => {
    const cells = line.startsWith('| ') ? line.slice(2, -2).split(' | ') : [];
    if (cells[0] === 'code') heads = cells;
    const code = /^`(.+)`$/.exec(cells[0] ?? '')?.[1];
    if (code === undefined) return [];
    return [{ code, message: heads[1] === 'message' ? cells[1]! : null, advice: cells.at(-1)! }];
  });
}
