import { appendFile, readFile, writeFile } from 'node:fs/promises';
import type { SearchRunRecord } from '../../services/fit/search/search';

/** The file is of a search over something else. */
export class OtherSearchError extends Error {
  constructor(path: string, had: string, wanted: string) {
    super(
      `${path} is of another search: it began with ${had}, this one would begin with ${wanted}. Give this one a folder of its own, or delete the file.`,
    );
  }
}

/**
 * search.jsonl: first a line that says of what the search is (data, folds, rungs, seed), then one line per search run and rung, as each ends.
 * A kill in the middle of a line costs that line.
 */
export class SearchLog {
  private constructor(
    private readonly path: string,
    /** Of an earlier run of the same search. */
    readonly known: readonly SearchRunRecord[],
  ) {}

  /** Goes on with the file where there is one. */
  static async open(path: string, header: object): Promise<SearchLog> {
    const first = JSON.stringify(header);
    const lines = (await textOf(path)).split('\n').slice(0, -1); // what has no line end is not whole
    if (lines.length > 0 && lines[0] !== first) throw new OtherSearchError(path, lines[0]!, first);
    await writeFile(path, [first, ...lines.slice(1)].map((line) => `${line}\n`).join(''));
    return new SearchLog(
      path,
      lines.slice(1).map((line) => JSON.parse(line) as SearchRunRecord),
    );
  }

  async add(record: SearchRunRecord): Promise<void> {
    await appendFile(this.path, `${JSON.stringify(record)}\n`);
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
