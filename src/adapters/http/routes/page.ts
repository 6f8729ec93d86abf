import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPEN, type RouteGroup } from './route';

/** Beside this folder: in src, and in dist, to which the build copies it. */
const PAGE_FOLDER = join(__dirname, '..', 'page');

const PAGE_MODULES = [
  'app',
  'chart',
  'customer',
  'effects',
  'elements',
  'explanation',
  'feed',
  'format',
  'overview',
  'prequential',
  'prequential-charts',
];

const ASSETS = [
  { path: '/', file: 'index.html', contentType: 'text/html; charset=utf-8' },
  { path: '/page/style.css', file: 'style.css', contentType: 'text/css; charset=utf-8' },
  { path: '/page/icon.svg', file: 'icon.svg', contentType: 'image/svg+xml' },
  ...PAGE_MODULES.map((name) => ({
    path: `/page/${name}.mjs`,
    file: `${name}.mjs`,
    contentType: 'text/javascript; charset=utf-8',
  })),
];

const PAGE_HEADERS = {
  // The page consists of its own files only: nothing inline, nothing from other origins, no frame around it.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-cache',
};

/** The dashboard: a fixed list of files, read once. So no request path ever reaches the file system. */
export function pageRoutes(): RouteGroup {
  return (app) => {
    for (const { path, file, contentType } of ASSETS) {
      const body = readFileSync(join(PAGE_FOLDER, file));
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
      app.get(path, { config: OPEN, schema: { hide: true } }, (request, reply) => {
        reply.headers({ ...PAGE_HEADERS, etag });
        if (request.headers['if-none-match'] === etag) return reply.status(304).send();
        return reply.type(contentType).send(body);
      });
    }
  };
}
