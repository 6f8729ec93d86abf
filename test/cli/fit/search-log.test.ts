import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SearchLog } from '../../../src/cli/fit/search-log';

const RECORD = {
  rung: 0,
  trial: 3,
  customers: 500,
  values: { learningRate: 0.00123 },
  folds: [1.5, null],
  score: null,
};

describe('search.jsonl', () => {
  let path = '';
  beforeEach(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'clv-search-')), 'search.jsonl');
  });
  afterEach(() => rm(join(path, '..'), { recursive: true }));

  test('begins with what is searched, and keeps each record as it comes', async () => {
    const log = await SearchLog.open(path, { trials: 8 });
    expect(log.earlier).toEqual([]);
    await log.add(RECORD);
    await log.add({ ...RECORD, trial: 4, score: 1.25 });
    expect((await SearchLog.open(path, { trials: 8 })).earlier).toEqual([RECORD, { ...RECORD, trial: 4, score: 1.25 }]);
  });

  test('a record torn by a kill is dropped, and the next begins on a line of its own', async () => {
    await (await SearchLog.open(path, { trials: 8 })).add(RECORD);
    await appendFile(path, '{"rung":0,"tri');
    const log = await SearchLog.open(path, { trials: 8 });
    expect(log.earlier).toEqual([RECORD]);
    await log.add(RECORD);
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(4);
    expect((await SearchLog.open(path, { trials: 8 })).earlier).toEqual([RECORD, RECORD]);
  });

  test('the file of another search is left alone, with an error', async () => {
    await (await SearchLog.open(path, { trials: 8 })).add(RECORD);
    const before = await readFile(path, 'utf8');
    await expect(SearchLog.open(path, { trials: 9 })).rejects.toThrow(
      /search\.jsonl belongs to another search.*"trials":9/,
    );
    expect(await readFile(path, 'utf8')).toBe(before);
  });
});
