import type { BaselineRegressor } from '../../ports/baselines';

interface Kind {
  readonly name: BaselineRegressor['name'];
  /** The package that `load` needs. Not a dependency of the program, because only `evaluate` uses it. */
  readonly package: string;
  load(): BaselineRegressor;
}

const KINDS: readonly Kind[] = [
  {
    name: 'linear',
    package: 'ml-regression-multivariate-linear',
    load: () => (require('./linear') as typeof import('./linear')).linearBaseline,
  },
  { name: 'tree', package: 'ml-cart', load: () => (require('./tree') as typeof import('./tree')).treeBaseline },
  {
    name: 'forest',
    package: 'ml-random-forest',
    load: () => (require('./forest') as typeof import('./forest')).forestBaseline,
  },
  {
    name: 'svr',
    package: 'libsvm-js',
    load: () => (require('./support-vector') as typeof import('./support-vector')).supportVectorBaseline,
  },
];

export interface LoadedBaselines {
  readonly baselines: readonly BaselineRegressor[];
  /** Packages that could not be loaded. */
  readonly missing: readonly string[];
}

/** Loads every baseline whose package is installed. */
export function loadBaselines(kinds: readonly Kind[] = KINDS): LoadedBaselines {
  const baselines: BaselineRegressor[] = [];
  const missing: string[] = [];
  for (const kind of kinds) {
    try {
      baselines.push(kind.load());
    } catch (error) {
      if (!isMissing(error, kind.package)) throw error;
      missing.push(kind.package);
    }
  }
  return { baselines, missing };
}

function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'MODULE_NOT_FOUND' && message.includes(`'${name}`);
}
