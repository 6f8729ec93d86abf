import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { anchorsOf, codeSpansOf, PAGES, proseOf, ROOT } from './pages';

/** A path of the repository inside code. `*` and `…` make it a pattern, which names no one file. */
const PATH = /(?<![\w./-])(?:src|test|scripts|docs|schemas|deploy|bench|models)\/[\w./*…-]*[\w*…]/g;

test('every link of a page leads to a file, and to a heading if it names one', () => {
  const broken = PAGES.flatMap((page) => {
    const prose = proseOf(page).replace(/`[^`]*`/g, '');
    const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    return targets.filter((target) => !resolves(page, target)).map((target) => `${page}: ${target}`);
  });
  expect(broken).toEqual([]);
});

test('every path that a page names in code exists', () => {
  const missing = PAGES.flatMap((page) => {
    const paths = codeSpansOf(page).flatMap((code) => [...code.matchAll(PATH)].map(([path]) => path));
    return paths
      .filter((path) => !/[*…]/.test(path) && !existsSync(join(ROOT, path)))
      .map((path) => `${page}: ${path}`);
  });
  expect(missing).toEqual([]);
});

test('every page that a message or a comment of src names exists, and its section of the runbook too', () => {
  const alerts = anchorsOf('docs/runbook.md');
  const missing = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const source = readFileSync(join(ROOT, 'src', name), 'utf8');
      return [...source.matchAll(/(docs\/[\w-]+\.md)(?:, (Clv\w+))?/g)]
        .filter(([, page, alert]) => !existsSync(join(ROOT, page!)) || (alert && !alerts.has(alert.toLowerCase())))
        .map(([mention]) => `src/${name}: ${mention}`);
    });
  expect(missing).toEqual([]);
});

function resolves(page: string, target: string): boolean {
  if (/^[a-z]+:/.test(target)) return true;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : posix.join(posix.dirname(page), path);
  if (!existsSync(join(ROOT, file))) return false;
  return anchor === undefined || (file.endsWith('.md') && anchorsOf(file).has(anchor));
}
