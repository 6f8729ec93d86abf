import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const ROOT = join(__dirname, '..', '..');

/** One folder of the report: which files get faults, and which tests may notice them. */
interface Stratum {
  readonly name: string;
  /** Folders and files under src. Folders count with all that lies in them. */
  readonly sources: readonly string[];
  /** Tests that may decide beside the test of the same path, in this order: folders and files under test. Fast ones first. */
  readonly tests: readonly string[];
  /** Beginnings of paths under test that take too long for a mutant, and are left out. */
  readonly slow?: readonly string[];
  /** These run last, for mutants that nothing else killed. */
  readonly last?: readonly string[];
  /** Whether the tests need a Redis server. */
  readonly redis?: boolean;
}

export const STRATA: readonly Stratum[] = [
  {
    name: 'delivery',
    sources: ['delivery'],
    tests: ['delivery'],
    slow: ['delivery/simulation/'],
    last: ['mutation/delivery-schedules.ts'],
  },
  {
    name: 'services/scorer',
    sources: ['services/scorer'],
    tests: ['services/scorer'],
    // Without a broker these run on the embedded store alone.
    last: ['end-to-end/bad-input.test.ts'],
  },
  // Left out of the domain: what fits, trains, evaluates, explains and simulates. It touches no stored state and no published value.
  {
    name: 'domain (state)',
    sources: ['domain/state', 'domain/attributes.ts', 'domain/event.ts', 'domain/math/hash.ts', 'domain/update.ts'],
    tests: [
      'domain/plain-fold.test.ts',
      'domain/features/features.test.ts',
      'domain/state',
      'domain/attributes.test.ts',
    ],
  },
  {
    name: 'domain (scoring)',
    sources: [
      'domain/scoring',
      'domain/features',
      'domain/network',
      'domain/distribution',
      'domain/label-intervals.ts',
    ],
    tests: ['domain/features', 'domain/network/network.test.ts', 'domain/plain-scorer.test.ts', 'domain/scoring'],
  },
  {
    name: 'adapters/redis',
    sources: ['adapters/redis'],
    tests: ['adapters/redis/contracts.test.ts', 'adapters/redis/state-archive.test.ts', 'adapters/redis'],
    slow: ['adapters/redis/failover.test.ts'],
    last: ['adapters/redis/state-store-faults.test.ts'],
    redis: true,
  },
];

/** A source file with the tests that decide on its mutants, in the order in which they run. */
export interface Target {
  readonly stratum: Stratum;
  /** From the root, as all paths here. */
  readonly path: string;
  readonly tests: readonly string[];
}

function filesUnder(path: string): string[] {
  const full = join(ROOT, path);
  if (path.endsWith('.ts')) return [path];
  return readdirSync(full, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() || entry.name.endsWith('.ts') ? filesUnder(`${path}/${entry.name}`) : [],
  );
}

/** Local imports of one file, without what is not there (packages, JSON). */
function importsOf(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const found = text.matchAll(/(?:\bfrom\s*|\bimport\s*|\b(?:require|import)\()'(\.[^']+)'/g);
  return [...found]
    .map(([, specifier]) => relative(ROOT, join(ROOT, dirname(path), `${specifier}.ts`)))
    .filter((file) => existsSync(join(ROOT, file)));
}

/** Each file with all files that it needs, directly or by way of others. */
export class Imports {
  private readonly cached = new Map<string, ReadonlySet<string>>();

  from(path: string): ReadonlySet<string> {
    const cached = this.cached.get(path);
    if (cached) return cached;
    const needed = new Set([path]);
    // A set that grows is walked to its new end.
    for (const file of needed) for (const next of importsOf(file)) needed.add(next);
    this.cached.set(path, needed);
    return needed;
  }
}

/** First the test of the same path, then the others in the order of the plan. */
function testsOf(path: string, stratum: Stratum, imports: Imports): string[] {
  const mirror = path.replace(/^src\//, 'test/').replace(/\.ts$/, '.test.ts');
  const listed = (folders: readonly string[]) => folders.flatMap((folder) => filesUnder(`test/${folder}`));
  const isTest = (file: string) =>
    (file.endsWith('.test.ts') || file.startsWith('test/mutation/')) &&
    !(stratum.slow ?? []).some((slow) => file.startsWith(`test/${slow}`));
  const related = (files: readonly string[]) => files.filter((file) => isTest(file) && imports.from(file).has(path));
  const last = related(listed(stratum.last ?? []));
  const first = [mirror, ...related(listed(stratum.tests))].filter((file) => !last.includes(file));
  return [...new Set([...first, ...last])].filter((file) => existsSync(join(ROOT, file)));
}

/** All targets, or those whose path starts with one of `only`. */
export function targets(only: readonly string[] = []): Target[] {
  const imports = new Imports();
  const wanted = (path: string) => only.length === 0 || only.some((prefix) => path.startsWith(prefix));
  return STRATA.flatMap((stratum) =>
    stratum.sources
      .flatMap((source) => filesUnder(`src/${source}`))
      .filter(wanted)
      .map((path) => ({ stratum, path, tests: testsOf(path, stratum, imports) })),
  );
}
