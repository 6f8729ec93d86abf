import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';

const SRC = join(__dirname, '..', 'src');

/**
 * Which folder may import what: the longest matching folder of the table decides. A folder may always import itself.
 * `packages`: npm packages and node:* modules; '*' for any.
 */
interface Layer {
  readonly folders: readonly string[];
  readonly packages: readonly string[];
}

const LAYERS: Readonly<Record<string, Layer>> = {
  domain: { folders: [], packages: [] },
  // Reads the compiled kernel, which is a part of the program; it opens nothing else.
  'domain/network/kernel.ts': { folders: ['domain'], packages: ['node:fs', 'node:path'] },
  delivery: { folders: ['domain'], packages: [] },
  // serde reads the program's own schema files and checks digests; it opens nothing else.
  serde: { folders: ['domain'], packages: ['avsc', 'node:fs', 'node:path', 'node:crypto'] },
  ports: { folders: ['domain'], packages: [] },
  'adapters/kafka': {
    folders: ['ports', 'domain', 'serde'],
    packages: ['kafkajs', '@bokuweb/zstd-wasm', 'node:*'],
  },
  'adapters/redis': { folders: ['ports', 'domain', 'serde'], packages: ['ioredis', 'node:*'] },
  'adapters/embedded': { folders: ['ports', 'domain', 'serde'], packages: ['lmdb', 'node:*'] },
  'adapters/tensorflow': { folders: ['ports', 'domain', 'serde'], packages: ['@tensorflow/*', 'node:*'] },
  'adapters/registry': { folders: ['ports', 'domain', 'serde'], packages: [] },
  'adapters/schema-registry': { folders: ['ports', 'domain', 'serde'], packages: ['node:*'] },
  'adapters/http': { folders: ['ports', 'domain', 'serde'], packages: ['fastify', '@fastify/*', 'node:*'] },
  'adapters/system': { folders: ['ports', 'domain', 'serde'], packages: ['zod', 'node:*'] },
  'adapters/files': {
    folders: ['ports', 'domain', 'serde'],
    packages: ['csv-parse', 'hyparquet', 'hyparquet-compressors', 'hyparquet-writer', 'node:*'],
  },
  'adapters/baselines': { folders: ['ports', 'domain'], packages: ['*'] },
  'services/scorer': { folders: ['domain', 'delivery', 'serde', 'ports'], packages: [] },
  // Decides about records from the future for everyone who learns from the log.
  'services/time': { folders: ['domain', 'serde', 'ports'], packages: [] },
  'services/trainer': { folders: ['domain', 'delivery', 'serde', 'ports', 'services/time'], packages: [] },
  'services/api': { folders: ['domain', 'delivery', 'serde', 'ports'], packages: [] },
  // Formats of dates are luxon's; it opens nothing.
  'services/files': { folders: ['domain', 'delivery', 'serde', 'ports'], packages: ['luxon'] },
  'services/simulator': { folders: ['domain', 'delivery', 'serde', 'ports', 'services/files'], packages: [] },
  'services/archive': { folders: ['domain', 'delivery', 'serde', 'ports'], packages: [] },
  'services/rebuild': { folders: ['domain', 'delivery', 'serde', 'ports'], packages: [] },
  'services/dead-letters': { folders: ['domain', 'delivery', 'serde', 'ports'], packages: [] },
  'services/audit': { folders: ['domain', 'delivery', 'serde', 'ports'], packages: [] },
  'services/predict': { folders: ['domain', 'delivery', 'serde', 'ports'], packages: [] },
  'services/fit': { folders: ['domain', 'delivery', 'serde', 'ports', 'services/time'], packages: [] },
  'services/evaluation': { folders: ['domain', 'delivery', 'serde', 'ports'], packages: [] },
  observability: { folders: ['ports', 'domain'], packages: ['prom-client', 'pino', 'node:*'] },
  config: { folders: ['domain/currency'], packages: ['zod'] },
  cli: {
    folders: ['domain', 'delivery', 'serde', 'ports', 'adapters', 'services', 'observability', 'config'],
    packages: ['*'],
  },
};

interface Import {
  readonly from: string;
  readonly to: string;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

function importsOf(file: string): Import[] {
  const from = relative(SRC, file).split('\\').join('/');
  const text = readFileSync(file, 'utf8');
  const specifiers = [
    ...text.matchAll(/(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*'([^']+)'|(?:require|import)\('([^']+)'\)/g),
  ];
  return specifiers.map(([, named, called]) => {
    const specifier = (named ?? called)!;
    const to = specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : specifier;
    return { from, to: specifier.startsWith('.') ? to : `package:${specifier}` };
  });
}

function layerOf(path: string): string | undefined {
  return Object.keys(LAYERS)
    .filter((layer) => path === layer || path.startsWith(`${layer}/`))
    .sort((a, b) => b.length - a.length)[0];
}

/** Why an import is against the table; null where it is not. */
function breach({ from, to }: Import): string | null {
  const layer = layerOf(from);
  if (layer === undefined) return `${from} lies in no layer of the table`;
  const allowed = LAYERS[layer]!;
  if (to.startsWith('package:')) {
    const name = to.slice('package:'.length);
    const fits = allowed.packages.some(
      (pattern) =>
        pattern === '*' ||
        pattern === name ||
        (pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1))) ||
        name.startsWith(`${pattern}/`),
    );
    return fits ? null : `${from} imports the package ${name}, which ${layer} may not`;
  }
  const fits = [layer, ...allowed.folders].some((folder) => to === folder || to.startsWith(`${folder}/`));
  return fits ? null : `${from} imports ${to}, which ${layer} may not`;
}

/** A cycle of files, or null. */
function cycle(imports: readonly Import[]): string[] | null {
  const edges = new Map<string, string[]>();
  for (const { from, to } of imports) {
    if (!to.startsWith('package:'))
      edges.set(from.replace(/\.ts$/, ''), [...(edges.get(from.replace(/\.ts$/, '')) ?? []), to]);
  }
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    path.push(file);
    for (const next of edges.get(file) ?? []) {
      const found = visit(next);
      if (found !== null) return found;
    }
    path.pop();
    done.add(file);
    return null;
  };
  for (const file of edges.keys()) {
    const found = visit(file);
    if (found !== null) return found;
  }
  return null;
}

/** Pairs of folders that import from each other. A folder may hold folders: each counts for itself. */
function twoWayPairs(imports: readonly Import[]): string[] {
  const arrows = new Set<string>();
  for (const { from, to } of imports) {
    const [source, target] = [posix.dirname(from), posix.dirname(to)];
    if (!to.startsWith('package:') && source !== target) arrows.add(`${source} ${target}`);
  }
  const isTwoWay = (arrow: string) => arrows.has(arrow.split(' ').reverse().join(' '));
  return [...arrows].filter(isTwoWay).sort();
}

const imports = sourceFiles(SRC).flatMap(importsOf);

describe('the layers', () => {
  test('are kept: no import goes up or sideways', () => {
    expect(imports.map(breach).filter((found) => found !== null)).toEqual([]);
  });

  test('have no cycle of files', () => {
    expect(cycle(imports)).toBeNull();
  });

  test('have no two folders that import from each other', () => {
    expect(twoWayPairs(imports)).toEqual([]);
  });

  test('would be seen to break', () => {
    const across = { from: 'domain/a/x.ts', to: 'domain/b/y' };
    expect(twoWayPairs([across, { from: 'domain/b/z.ts', to: 'domain/a/w' }])).toEqual([
      'domain/a domain/b',
      'domain/b domain/a',
    ]);
    expect(twoWayPairs([across, { from: 'domain/b/z.ts', to: 'package:domain/a' }])).toEqual([]);
    expect(breach({ from: 'domain/scorer.ts', to: 'package:kafkajs' })).toMatch(/may not/);
    expect(breach({ from: 'domain/scorer.ts', to: 'ports/clock' })).toMatch(/may not/);
    expect(breach({ from: 'services/api/api.ts', to: 'services/scorer/fold-batch' })).toMatch(/may not/);
    expect(breach({ from: 'adapters/kafka/client.ts', to: 'adapters/redis/keys' })).toMatch(/may not/);
    expect(breach({ from: 'helpers/x.ts', to: 'domain/event' })).toMatch(/no layer/);
    expect(
      cycle([
        { from: 'a.ts', to: 'b' },
        { from: 'b.ts', to: 'a' },
      ]),
    ).toEqual(['a', 'b', 'a']);
  });
});
