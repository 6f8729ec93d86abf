import { appendFile, readFile } from 'node:fs/promises';
import { outputFault } from '../../adapters/files/output';
import { writeWhole } from '../../adapters/files/whole-file';
import type { SearchRunRecord } from '../../services/fit/search/search';

/** The file belongs to a search over other data or options. */
export class OtherSearchError extends Error {
  constructor(path: string, had: string, wanted: string) {
    super(
      `${path} belongs to another search: it began with ${had}, this one would begin with ${wanted}. Use another folder (--out), or delete the file.`,
    );
  }
}

/**
 * search.jsonl: the first line identifies the search (data, splits, rungs, seed). Then one line per search run and rung, written as each
 * ends. A kill in the middle of a line loses that line only.
 */
export class SearchLog {
  private constructor(
    private readonly path: string,
    /** Read from an earlier start of the same search. */
    readonly earlier: readonly SearchRunRecord[],
  ) {}

  /** Continues the file if it exists. */
  static async open(path: string, header: object): Promise<SearchLog> {
    const first = JSON.stringify(header);
    const lines = (await textOf(path)).split('\n').slice(0, -1); // A line without its line end is incomplete.
    if (lines.length > 0 && lines[0] !== first) throw new OtherSearchError(path, lines[0]!, first);
    await writeWhole({ option: '--out', path }, [first, ...lines.slice(1)].map((line) => `${line}\n`).join(''));
    return new SearchLog(
      path,
      lines.slice(1).map((line) => JSON.parse(line) as SearchRunRecord),
    );
  }

  async add(record: SearchRunRecord): Promise<void> {
    await appendFile(this.path, `${JSON.stringify(record)}\n`).catch((error) => {
      throw outputFault({ option: '--out', path: this.path }, error);
    });
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
