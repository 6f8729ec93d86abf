import { createHash, timingSafeEqual } from 'node:crypto';

/** read: figures. operate: change what the deployment does. erase: erase customers. A token may have several. */
export const ROLES = ['read', 'operate', 'erase'] as const;
export type Role = (typeof ROLES)[number];

export interface Token {
  /** For messages. Never the secret. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** SHA-256 of the secret. */
  readonly digest: Buffer;
}

const LEAST_SECRET = 16;
const SECRET = new RegExp(`^[\\x21-\\x7e]{${LEAST_SECRET},512}$`);
const DIGEST = /^sha256:([0-9a-f]{64})$/;

/** A fault in a file of tokens. The message names the line, and never quotes a secret. */
export class TokenFileError extends Error {
  readonly code = 'CLV_HTTP_TOKEN_FILE';
}

export function tokenOf(name: string, roles: readonly Role[], secret: string): Token {
  return { name, roles, digest: digest(secret) };
}

/**
 * Reads lines of "NAME ROLES SECRET", roles separated by commas. In the place of the secret may stand sha256: and its digest in hex. Empty
 * lines and those that begin with # are skipped. Throws {@link TokenFileError}.
 */
export function readTokens(text: string, path: string): Token[] {
  const tokens: Token[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const token = readLine(line, (fault) => new TokenFileError(`${path}, line ${i + 1}: ${fault}`));
    const twin = tokens.find(({ name, digest: known }) => name === token.name || known.equals(token.digest));
    if (twin !== undefined) {
      throw new TokenFileError(`${path}, line ${i + 1}: the name or the token of ${twin.name} comes twice.`);
    }
    tokens.push(token);
  }
  if (tokens.length === 0) throw new TokenFileError(`${path} has no token: write lines of "NAME ROLES TOKEN".`);
  return tokens;
}

function readLine(line: string, fault: (text: string) => TokenFileError): Token {
  const [name, roleList, secret, ...more] = line.trim().split(/\s+/);
  if (name === undefined || roleList === undefined || secret === undefined || more.length > 0) {
    throw fault('expected "NAME ROLES TOKEN", such as "crm read,operate 3f9c…".');
  }
  const roles = roleList.split(',').map((named) => ROLES.find((role) => role === named));
  if (roles.includes(undefined)) throw fault(`roles are ${ROLES.join(', ')}, separated by commas.`);
  const hex = DIGEST.exec(secret)?.[1];
  if (hex !== undefined) return { name, roles: roles as Role[], digest: Buffer.from(hex, 'hex') };
  if (secret.startsWith('sha256:')) throw fault('after sha256: come 64 digits of lower-case hex.');
  if (!SECRET.test(secret)) throw fault(`a token has at least ${LEAST_SECRET} visible ASCII characters.`);
  return tokenOf(name, roles as Role[], secret);
}

/** The token with this secret. Compares with every one in constant time, so that the time of an answer tells nothing. */
export function findToken(tokens: readonly Token[], secret: string): Token | undefined {
  const sent = digest(secret);
  return tokens.filter((token) => timingSafeEqual(token.digest, sent))[0];
}

/** timingSafeEqual needs inputs of equal length. Digests have one length. */
function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
