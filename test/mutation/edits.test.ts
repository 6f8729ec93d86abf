import { luaEdits } from './lua-edits';
import { mutated, namedMutants } from './mutant';
import { sample } from './sample';
import { typescriptEdits } from './typescript-edits';

/** Each fault as the line that it makes, without the operator's name. */
function faults(source: string): string[] {
  return typescriptEdits(source).map((edit) => `${edit.operator}: ${mutated(source, edit)}`);
}

describe('faults in TypeScript', () => {
  test.each([
    ['a < b', ['boundary: a <= b']],
    ['a >= b', ['boundary: a > b']],
    ['a === b', ['equality: a !== b']],
    ['a && b', ['logical: a || b']],
    ['a - b', ['arithmetic: a + b']],
    ['a ?? b', ['nullish: a', 'nullish: b']],
    ['a >>> b', ['bits: a << b']],
    ['!a', ['unary: a']],
    ['x.min(a)', ['method: x.max(a)']],
    ['x.filter(f)', ['call left out: x']],
    ['x.toString()', []],
    ['i++', ['update: i--']],
    ['false', ['boolean: true']],
    ['7', ['number: 8', 'number: 6']],
    ['0', ['number: 1']],
    ['a ? b : c', ['condition: true ? b : c', 'condition: false ? b : c']],
  ])('%s', (expression, expected) => {
    const before = 'const made = (): unknown => ';
    expect(faults(`${before}${expression};`)).toEqual(
      expected.map((fault) => fault.replace(': ', `: ${before}`).concat(';')),
    );
  });

  test('deletes statements, and forces a loop only to end', () => {
    expect(faults('function f() { while (a) g(); }')).toEqual([
      'condition: function f() { while (false) g(); }',
      'statement: function f() { while (a) ; }',
    ]);
  });

  test('returns nothing if a function says that it may', () => {
    expect(faults('function f(): A | null { return a; }')).toEqual(['return: function f(): A | null { return null; }']);
    expect(faults('function f(): A { return a; }')).toEqual([]);
  });

  test('leaves types, texts, imports and messages of errors alone', () => {
    expect(faults("import { a } from 'a';\ntype T = 1 | 2;\nconst t = (x: A<3>): string => 'n ' + x;")).toEqual([]);
    expect(faults('function f(): void { throw new Error(`$' + '{1 + 2}`); }')).toEqual([
      'statement: function f(): void { ; }',
    ]);
  });

  test('finds its places behind characters of several bytes', () => {
    expect(faults("/** λ → 𝛌 */ const s = 'Ä', x = a < b;")).toEqual([
      "boundary: /** λ → 𝛌 */ const s = 'Ä', x = a <= b;",
    ]);
  });
});

describe('faults in Lua', () => {
  const source = (lua: string) => `export const TRIM = new RedisScript(\`${lua}\`);`;
  const lua = (text: string) => luaEdits(source(text)).map((edit) => mutated(source(text), edit).slice(37, -3));

  test('swaps operators, moves numbers, deletes calls; strings and comments stay', () => {
    expect(lua("if a == '1 or 2' then redis.call('DEL', (x)) end -- 3 < 4")).toEqual([
      "if a ~= '1 or 2' then redis.call('DEL', (x)) end -- 3 < 4",
      "if a == '1 or 2' then  end -- 3 < 4",
    ]);
    expect(lua('return n < 10')).toEqual(['return n <= 10', 'return n < 11', 'return n < 9']);
    expect(lua("local x = not redis.call('GET', k)")).toEqual(["local x =  redis.call('GET', k)"]);
  });

  test('names the script', () => {
    expect(namedMutants('a.ts', source('return a or b'), luaEdits(source('return a or b')))[0]!.key).toBe(
      'a.ts TRIM lua logical: export const TRIM = new RedisScript(`return a {or => and} b`);',
    );
  });
});

describe('names and samples', () => {
  const keys = (source: string) => namedMutants('a.ts', source, typescriptEdits(source)).map(({ key }) => key);

  test('a name stays when lines are put before it; equal lines in one function are numbered', () => {
    const f = 'function f() {\n  a(b < c);\n}\n';
    expect(keys(`const x = [];\n\n${f}`)).toEqual(keys(f));
    const twice = keys('function f() {\n  g = b < c;\n  g = b < c;\n}\n');
    expect(new Set(twice).size).toBe(twice.length);
    expect(twice.filter((key) => key.endsWith(' #2'))).toHaveLength(2);
  });

  test('a sample takes as many of each folder, all of a small one, and is the same for the same seed', () => {
    const many = (path: string, n: number) => {
      const source = Array.from({ length: n }, (_, i) => `const x${i} = a${i} < b;\n`).join('');
      return namedMutants(path, source, typescriptEdits(source));
    };
    const strata = [many('a.ts', 50), many('b.ts', 3), many('c.ts', 50)];
    const drawn = sample(strata, 31, 7);
    expect(drawn.map((mutants) => mutants.length)).toEqual([14, 3, 14]);
    expect(sample(strata, 31, 7)).toEqual(drawn);
    expect(sample(strata, 31, 8)).not.toEqual(drawn);
    expect(sample(strata, 1_000, 7).map((mutants) => mutants.length)).toEqual([50, 3, 50]);
  });
});
