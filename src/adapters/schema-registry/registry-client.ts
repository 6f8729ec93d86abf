import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { SchemaRegistryAway } from '../../ports/schema-registry';

export interface RegistryAccess {
  /** Base addresses of one schema registry, with their paths. The next one is tried if one gives no answer. */
  readonly urls: readonly string[];
  /** PEM. Default: the authorities that Node trusts. */
  readonly ca?: string;
  /** Sent with every request. */
  readonly login?:
    | { readonly type: 'basic'; readonly username: string; readonly password: string }
    | { readonly type: 'bearer'; readonly token: string };
  /** Milliseconds without an answer after which a request fails. */
  readonly timeoutMs?: number;
}

/** An answer that the schema registry means: 2xx, or an error with its own code. */
export interface RegistryAnswer {
  readonly status: number;
  readonly body: unknown;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const MOST_BODY_BYTES = 16 * 2 ** 20;
const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

/** The REST interface of Confluent's schema registry. Others (Apicurio, Karapace, Redpanda) offer the same. */
export class RegistryClient {
  /** The address that answered last. */
  private current = 0;

  constructor(private readonly access: RegistryAccess) {}

  /** Rejects with SchemaRegistryAway if no address gives an answer of a schema registry. */
  async send(method: 'GET' | 'POST', path: string, body?: object): Promise<RegistryAnswer> {
    const { urls } = this.access;
    const failures: string[] = [];
    for (let i = 0; i < urls.length; i++) {
      const base = urls[this.current] as string;
      try {
        return checked(await this.exchange(base, method, path, body));
      } catch (error) {
        failures.push(`${shownUrl(base)}: ${(error as Error).message}`);
        this.current = (this.current + 1) % urls.length;
      }
    }
    throw new SchemaRegistryAway(`the schema registry is away: ${failures.join('; ')}`);
  }

  private exchange(base: string, method: string, path: string, body?: object): Promise<RawAnswer> {
    const url = new URL(base.replace(/\/+$/, '') + path);
    const { ca, timeoutMs = DEFAULT_TIMEOUT_MS } = this.access;
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const options = {
      method,
      headers: {
        accept: `${CONTENT_TYPE}, application/json`,
        ...(payload === undefined
          ? {}
          : { 'content-type': CONTENT_TYPE, 'content-length': Buffer.byteLength(payload) }),
        ...this.authorization(),
      },
      signal: AbortSignal.timeout(timeoutMs),
      ...(ca === undefined ? {} : { ca }),
    };
    return new Promise((resolve, reject) => {
      const request = (url.protocol === 'https:' ? requestTls : requestPlain)(url, options, (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MOST_BODY_BYTES) request.destroy(new Error(`the answer has more than ${MOST_BODY_BYTES} bytes`));
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      request.on('error', (error) =>
        reject(error.name === 'AbortError' ? new Error(`no answer within ${timeoutMs} ms`) : error),
      );
      request.end(payload);
    });
  }

  private authorization(): { authorization?: string } {
    const { login } = this.access;
    if (login === undefined) return {};
    if (login.type === 'bearer') return { authorization: `Bearer ${login.token}` };
    const credentials = Buffer.from(`${login.username}:${login.password}`, 'utf8').toString('base64');
    return { authorization: `Basic ${credentials}` };
  }
}

interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

/** Throws if the answer is that of a proxy, a wrong address, a refused login or a registry in trouble. */
function checked({ status, text }: RawAnswer): RegistryAnswer {
  if (status === 401 || status === 403) {
    throw new Error(
      `the login is refused (${status}): set SCHEMA_REGISTRY_USERNAME and _PASSWORD, or SCHEMA_REGISTRY_TOKEN`,
    );
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Error(`the answer (${status}) is no JSON: is SCHEMA_REGISTRY_URL the address of a schema registry?`);
  }
  const isAnswer = (status >= 200 && status < 300) || (status >= 400 && status < 500 && errorCode(body) !== undefined);
  if (!isAnswer) throw new Error(`status ${status}: ${text.slice(0, 200)}`);
  return { status, body };
}

/** Confluent's code, such as 40403 for a schema that does not exist. */
export function errorCode(body: unknown): number | undefined {
  if (typeof body !== 'object' || body === null || !('error_code' in body)) return undefined;
  return typeof body.error_code === 'number' ? body.error_code : undefined;
}

/** Without user and password. */
function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + (pathname === '/' ? '' : pathname);
}
