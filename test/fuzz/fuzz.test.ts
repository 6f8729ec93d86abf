import { execute, inputOf, MOST_CPU_MS } from './execute';
import { TARGETS } from './registry';
import { type FuzzTarget, memoryOf } from './target';

/** The long one: npm run fuzz -- --minutes 60. */
const SEED = 9;
const MOST_MS_PER_TARGET = 700;
const MOST_INPUTS = 1_500;

describe(`fuzz, seed ${SEED}`, () => {
  test.each(Object.keys(TARGETS))('%s: nothing thrown, nothing slow, no memory beyond its bound', async (name) => {
    const target = await TARGETS[name]!();
    try {
      await target.run(target.corpus[0]!);
      const endMs = Date.now() + MOST_MS_PER_TARGET;
      const found: string[] = [];
      let index = 0;
      for (; index < MOST_INPUTS && Date.now() < endMs; index++) {
        const what = await execute(target, inputOf(target, SEED, index));
        if (what !== null) found.push(`input ${index}: ${what}`);
      }
      expect(found.slice(0, 3)).toEqual([]);
      expect(index).toBeGreaterThan(5);
    } finally {
      await target.close?.();
    }
  });
});

describe('the fuzzer finds', () => {
  const target = (run: FuzzTarget['run']): FuzzTarget => ({
    name: 'broken',
    corpus: [new Uint8Array([1, 2, 3, 4])],
    memoryBound: memoryOf(64, 10),
    run,
  });

  test('an error that nobody declared', async () => {
    const throws = target((input) => {
      if (input[0] === 0xff) throw new TypeError('no such byte');
    });
    let found: string | null = null;
    for (let index = 0; found === null && index < 20_000; index++) {
      found = await execute(throws, inputOf(throws, SEED, index));
    }
    expect(found).toMatch(/no such byte/);
  });

  test('memory beyond the bound, though nobody touches it', async () => {
    const kept: unknown[] = [];
    const allocates = target(() => void kept.push(new ArrayBuffer(200 * 2 ** 20)));
    expect(await execute(allocates, new Uint8Array(4))).toMatch(/bytes of memory/);
    kept.length = 0;
  });

  test('an input that takes more than a second of the processor', async () => {
    const spins = target(() => {
      const started = process.cpuUsage();
      while (process.cpuUsage(started).user < 1000 * (MOST_CPU_MS + 200));
    });
    expect(await execute(spins, new Uint8Array(4))).toMatch(/ms of processor time/);
  });

  test('the same input again from its seed and number', () => {
    const any = target(() => undefined);
    for (let index = 0; index < 200; index++) expect(inputOf(any, SEED, index)).toEqual(inputOf(any, SEED, index));
    expect(inputOf(any, SEED + 1, 5)).not.toEqual(inputOf(any, SEED, 5));
  });
});
