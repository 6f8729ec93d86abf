import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEquivalents } from './equivalents';
import { Judge } from './judge';
import { ROOT, targets } from './plan';
import { scoreOf } from './report';

const path = 'src/domain/features/recency-ramps.ts';
const judgedBy = 'test/domain/features/recency-ramps.test.ts';
const source = readFileSync(join(ROOT, path), 'utf8');
const RELAXED = { cpuMs: 60_000, wallMs: 300_000 };

// A worker is a process of its own, and may wait for a busy machine.
jest.setTimeout(300_000);

describe('a mutant in a worker', () => {
  const judge = new Judge({ CLV_TEST_SERVICES: 'none' });
  afterAll(() => judge.stop());

  test('is killed by a test that fails, and by nothing else', async () => {
    const fault = source.replace('Math.min(1,', 'Math.min(2,');
    expect(fault).not.toBe(source);
    expect(await judge.run({ path, source: fault, test: judgedBy }, RELAXED)).toMatchObject({ fate: 'killed' });
    expect(await judge.run({ path, source: null, test: judgedBy }, RELAXED)).toMatchObject({
      fate: 'survived',
      passed: 2,
    });
    const elsewhere = 'test/domain/math/hash.test.ts';
    expect(await judge.run({ path, source: fault, test: elsewhere }, RELAXED)).toMatchObject({ fate: 'survived' });
  });

  test('that never ends runs out of CPU time, and the next one runs all the same', async () => {
    const endless = source.replace('const log =', 'for (;;);\n  const log =');
    expect(await judge.run({ path, source: endless, test: judgedBy }, { ...RELAXED, cpuMs: 2_000 })).toMatchObject({
      fate: 'timeout',
    });
    expect(await judge.run({ path, source, test: judgedBy }, RELAXED)).toMatchObject({ fate: 'survived' });
  });

  test('that does not compile is invalid', async () => {
    expect(await judge.run({ path, source: `${source}\n)`, test: judgedBy }, RELAXED)).toMatchObject({
      fate: 'invalid',
    });
  });
});

test('each source is judged by the test of the same path first, if there is one', () => {
  const window = targets(['src/domain/state/window.ts']);
  expect(window).toHaveLength(1);
  expect(window[0]!.tests[0]).toBe('test/domain/state/window.test.ts');
  expect(window[0]!.tests).toContain('test/domain/plain-fold.test.ts');
});

test('every equivalent mutant says why', () => {
  for (const [mutant, why] of readEquivalents()) expect([mutant, why.length > 20]).toEqual([mutant, true]);
});

test('a score counts time-outs as killed, and leaves equivalent and invalid mutants out', () => {
  const mutant = { operator: '', start: 0, end: 0, replacement: '', scope: '', path: '', line: 1, key: '' };
  const of = (fate: 'killed' | 'timeout' | 'survived' | 'invalid') => ({
    stratum: 's',
    mutant,
    result: { key: '', fate, test: '', why: '', ms: 0 },
  });
  const equivalent = { stratum: 's', mutant, result: null };
  const decided = [of('killed'), of('killed'), of('timeout'), of('survived'), of('invalid'), equivalent];
  expect(scoreOf(decided)).toEqual({ killed: 2, timeout: 1, survived: 1, equivalent: 1, invalid: 1, share: 0.75 });
});
