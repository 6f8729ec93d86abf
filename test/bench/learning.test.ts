import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main, SHORT } from '../../bench/learning';

/** Trains a network on a busy machine. */
jest.setTimeout(600_000);

test('the learning bench runs on a small simulated shop, and a second run takes its models from the cache', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'clv-bench-'));
  const before = process.env.CLV_CACHE_DIR;
  process.env.CLV_CACHE_DIR = cache;
  const printed: string[] = [];
  const progress: string[] = [];
  jest.spyOn(console, 'log').mockImplementation((line) => void printed.push(line));
  jest.spyOn(process.stderr, 'write').mockImplementation((line) => {
    progress.push(String(line));
    return true;
  });
  try {
    const run = () => main(SHORT);
    await run();
    const first = printed.splice(0);
    expect(progress.join('')).toContain('simulated-year-1: online at ');
    progress.length = 0;
    await run();
    expect(printed).toEqual(first);
    expect(progress.join('')).not.toContain('simulated-year-1: online at ');
    const table = first.join('\n');
    for (const days of [7, 30, 90, 365]) expect(table).toContain(`simulated-year-1, ${days} days: `);
    for (const name of ['frozen', 'online']) expect(table).toContain(`| ${name} | `);
    expect(table).not.toMatch(/undefined/);
  } finally {
    jest.restoreAllMocks();
    if (before === undefined) delete process.env.CLV_CACHE_DIR;
    else process.env.CLV_CACHE_DIR = before;
    await rm(cache, { recursive: true });
  }
});
