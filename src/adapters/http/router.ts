import { HttpError } from './errors';

/** A finished answer. */
export interface Answer {
  readonly status?: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Query {
  /** Values of the `:name` parts of the path, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly search: URLSearchParams;
}

export interface Route {
  /** E.g. '/v1/customers/:id'. Also the metrics label, so it must never contain an id. */
  readonly pattern: string;
  /** Open routes need no token: health for probes, and the page without data. */
  readonly open: boolean;
  readonly answer: (query: Query) => Answer | Promise<Answer>;
}

export interface Match {
  readonly route: Route;
  readonly query: Query;
}

/** Returns the first route that fits. Throws CLV_HTTP_NOT_FOUND, or CLV_HTTP_BAD_REQUEST if the path can't be decoded. */
export function matchRoute(routes: readonly Route[], url: string): Match {
  const { searchParams } = parseTarget(url);
  // Not URL's pathname: it resolves "." and "..", which can be customer ids.
  const pathname = url.split(/[?#]/, 1)[0]!;
  const parts = pathname.split('/');
  for (const route of routes) {
    const path = matchParts(route.pattern.split('/'), parts);
    if (path !== null) return { route, query: { path, search: searchParams } };
  }
  throw new HttpError('CLV_HTTP_NOT_FOUND', pathname);
}

function parseTarget(url: string): URL {
  try {
    return new URL(`http://local${url}`);
  } catch (cause) {
    throw new HttpError('CLV_HTTP_BAD_REQUEST', 'the path', { cause });
  }
}

function matchParts(pattern: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (pattern.length !== parts.length) return null;
  const values: Record<string, string> = {};
  for (const [i, expected] of pattern.entries()) {
    const part = parts[i]!;
    if (!expected.startsWith(':')) {
      if (part !== expected) return null;
    } else if (part === '') return null;
    else values[expected.slice(1)] = decodePart(part);
  }
  return values;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new HttpError('CLV_HTTP_BAD_REQUEST', 'the path is not percent-encoded UTF-8', { cause });
  }
}
