import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HttpError, HttpSettingsError } from './answers/errors';

const LOOPBACK_HOSTS = new Set(['127.0.0.1', '::1', 'localhost']);

/** Decides who may send requests. Throws on a request that is not allowed. */
export type Access = (request: IncomingMessage) => void;

/**
 * With a token: every guarded path needs it. Without one: loopback only, and only under a local host name. Otherwise a web page elsewhere
 * could point a name of its own at 127.0.0.1 and read customers through the visitor's browser.
 */
export function createAccess(host: string, token: string | undefined): Access {
  if (token !== undefined && token !== '') return (request) => checkToken(request, digest(token));
  if (!LOOPBACK_HOSTS.has(host)) {
    throw new HttpSettingsError(
      `Listening on ${host} would show customers to the network: set a token, or listen on 127.0.0.1.`,
    );
  }
  return checkHostName;
}

function checkToken(request: IncomingMessage, expected: Buffer): void {
  const [scheme, sent] = (request.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || sent === undefined || !timingSafeEqual(digest(sent), expected)) {
    throw new HttpError('CLV_HTTP_UNAUTHORIZED');
  }
}

/** timingSafeEqual needs inputs of equal length. Digests have one length. */
function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function checkHostName(request: IncomingMessage): void {
  const name = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (!LOOPBACK_HOSTS.has(name)) throw new HttpError('CLV_HTTP_HOST_REFUSED', name);
}
