import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Mutant, mutated } from './mutant';
import { Imports, ROOT, type Target } from './plan';

/** killed: a test failed. timeout: a test file ran far longer than without the mutant. invalid: the mutant does not compile. */
export type Fate = 'killed' | 'timeout' | 'survived' | 'invalid';

export interface Result {
  readonly key: string;
  readonly fate: Fate;
  /** The test that failed or did not end; '' for the others. */
  readonly test: string;
  readonly why: string;
  readonly ms: number;
}

interface Stored extends Result {
  /** Of the mutated source, and of the tests that decided: all of them for a survivor, else the one that failed. */
  readonly digest: string;
}

/** Outside git. */
export const CACHE = join(ROOT, 'node_modules', '.cache', 'clv-mutation');
/** Each decided mutant is one line, written at once, so that an interrupted run goes on where it was. */
const FILE = join(CACHE, 'results.jsonl');

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** Digests of test files together with what they import. */
export class Digests {
  private readonly imports = new Imports();
  private readonly cached = new Map<string, string>();

  /** With the test code that it imports. */
  ofTest(test: string): string {
    return this.of(test, (file) => file.startsWith('test/'));
  }

  /** With everything that it imports. */
  ofAll(test: string): string {
    return this.of(test, () => true);
  }

  private of(test: string, counts: (file: string) => boolean): string {
    const files = [...this.imports.from(test)].filter(counts).sort();
    return sha256(files.map((file) => this.ofFile(file)).join('\n'));
  }

  private ofFile(file: string): string {
    const cached = this.cached.get(file) ?? sha256(readFileSync(join(ROOT, file), 'utf8'));
    this.cached.set(file, cached);
    return cached;
  }
}

/** What earlier runs decided, as long as the source and the tests that decided are still the same. */
export class Results {
  private readonly stored = new Map<string, Stored>();

  constructor(
    private readonly digests: Digests,
    fresh: boolean,
  ) {
    mkdirSync(CACHE, { recursive: true });
    if (fresh || !existsSync(FILE)) return;
    for (const line of readFileSync(FILE, 'utf8').split('\n')) {
      if (line === '') continue;
      const result = JSON.parse(line) as Stored;
      this.stored.set(result.key, result);
    }
  }

  /** Whether the newest result of a mutant, of whatever source and tests, is that it survived. */
  survivedBefore({ key }: Mutant): boolean {
    return this.stored.get(key)?.fate === 'survived';
  }

  find(mutant: Mutant, source: string, target: Target): Result | null {
    const stored = this.stored.get(mutant.key);
    return stored !== undefined && stored.digest === this.digest(mutant, source, target, stored) ? stored : null;
  }

  add(mutant: Mutant, source: string, target: Target, result: Result): void {
    const stored = { ...result, digest: this.digest(mutant, source, target, result) };
    this.stored.set(mutant.key, stored);
    appendFileSync(FILE, `${JSON.stringify(stored)}\n`);
  }

  private digest(mutant: Mutant, source: string, target: Target, { fate, test }: Result): string {
    const decided = fate === 'survived' ? target.tests : test === '' ? [] : [test];
    return sha256([mutated(source, mutant), ...decided.map((file) => this.digests.ofTest(file))].join('\n'));
  }
}
