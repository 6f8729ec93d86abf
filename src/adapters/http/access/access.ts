import type { IncomingMessage } from 'node:http';
import { HttpError, HttpSettingsError } from '../answers/errors';
import { TokenFile } from './token-file';
import { findToken, type Role, type Token, tokenOf } from './tokens';

const LOOPBACK_HOSTS = new Set(['127.0.0.1', '::1', 'localhost']);
/** Of the one token in a setting, and of callers on this machine if there is no token. Erasing needs a token that says so. */
const PLAIN_ROLES: readonly Role[] = ['read', 'operate'];

/** Decides who may send requests. Throws on a request that is not allowed. */
export type Access = (request: IncomingMessage, role: Role) => void;

export interface AccessOptions {
  readonly host: string;
  /** One token with the roles read and operate. */
  readonly token?: string | undefined;
  /** File of further tokens. */
  readonly tokensFile?: string | undefined;
  /** Monotonic seconds. */
  readonly elapsedS: () => number;
  /** Hears that the file can't be read any more. */
  readonly failed: (error: unknown) => void;
}

/**
 * With a token: every guarded path needs one with the path's role. Without one: loopback only, and only under a local host name. Otherwise a
 * web page elsewhere could point a name of its own at 127.0.0.1 and read customers through the visitor's browser.
 */
export function createAccess({ host, token, tokensFile, elapsedS, failed }: AccessOptions): Access {
  const single = token === undefined || token === '' ? [] : [tokenOf('CLV_HTTP_TOKEN', PLAIN_ROLES, token)];
  if (tokensFile !== undefined) {
    const file = new TokenFile(tokensFile, elapsedS, failed);
    return (request, role) => checkToken(request, role, [...single, ...file.tokens()]);
  }
  if (single.length > 0) return (request, role) => checkToken(request, role, single);
  if (!LOOPBACK_HOSTS.has(host)) {
    throw new HttpSettingsError(
      `Listening on ${host} would show customers to the network: set a token, or listen on 127.0.0.1.`,
    );
  }
  return checkHostName;
}

function checkToken(request: IncomingMessage, role: Role, tokens: readonly Token[]): void {
  const [scheme, sent] = (request.headers.authorization ?? '').split(' ');
  const found = scheme?.toLowerCase() === 'bearer' && sent !== undefined ? findToken(tokens, sent) : undefined;
  if (found === undefined) throw new HttpError('CLV_HTTP_UNAUTHORIZED');
  checkRole(role, found.roles, `the token ${found.name}`);
}

function checkHostName(request: IncomingMessage, role: Role): void {
  const name = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (!LOOPBACK_HOSTS.has(name)) throw new HttpError('CLV_HTTP_HOST_REFUSED', name);
  checkRole(role, PLAIN_ROLES, 'a caller without a token');
}

function checkRole(role: Role, roles: readonly Role[], who: string): void {
  if (roles.includes(role)) return;
  throw new HttpError('CLV_HTTP_FORBIDDEN', `${who} has ${roles.join(' and ')}, and ${role} is needed`);
}
