import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

interface Stored {
  readonly id: number;
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly { name: string; subject: string; version: number }[];
}

export interface StandInOptions {
  readonly firstId?: number;
  /** The value that the authorization header must have. */
  readonly authorization?: string;
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer };
}

/** The part of Confluent's schema registry that this program uses, in memory. Subjects accept whatever `refuses` does not match. */
export class StandInRegistry {
  /** Sets how requests fail: an HTTP status, or nothing at all. */
  outage: number | 'silent' | null = null;
  /** Schemas that the compatibility rule refuses. */
  refuses: RegExp = /$^/;
  readonly requests: string[] = [];
  private readonly byId = new Map<number, Stored>();
  private readonly subjects = new Map<string, Stored[]>();
  private readonly server;
  private nextId: number;

  constructor(private readonly options: StandInOptions = {}) {
    this.nextId = options.firstId ?? 1;
    const handle = (request: IncomingMessage, response: ServerResponse) => void this.handle(request, response);
    this.server = options.tls ? createTlsServer(options.tls, handle) : createServer(handle);
  }

  /** Resolves to the base address. */
  async start(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    const { port: bound } = this.server.address() as AddressInfo;
    return `${this.options.tls ? 'https' : 'http'}://127.0.0.1:${bound}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  /** Registers a schema directly. Returns its id. */
  add(subject: string, stored: Omit<Stored, 'id'>, id = this.nextId++): number {
    const entry = { ...stored, id };
    this.byId.set(id, entry);
    this.subjects.set(subject, [...(this.subjects.get(subject) ?? []), entry]);
    return id;
  }

  latest(subject: string): Stored | undefined {
    return this.subjects.get(subject)?.at(-1);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push(`${request.method} ${request.url}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (this.outage === 'silent') return;
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (this.outage !== null) {
      response.writeHead(this.outage).end('<html>away</html>');
      return;
    }
    if (this.options.authorization !== undefined && request.headers.authorization !== this.options.authorization) {
      answer(401, { error_code: 401, message: 'Unauthorized' });
      return;
    }
    const [path = ''] = (request.url ?? '').split('?');
    const parts = path.split('/').slice(1).map(decodeURIComponent);
    const body =
      chunks.length === 0 ? null : (JSON.parse(Buffer.concat(chunks).toString('utf8')) as Omit<Stored, 'id'>);
    const [status, content] = this.answerTo(request.method ?? '', parts, body);
    answer(status, content);
  }

  private answerTo(method: string, parts: readonly string[], body: Omit<Stored, 'id'> | null): [number, unknown] {
    const notFound = (code: number, message: string): [number, unknown] => [404, { error_code: code, message }];
    if (method === 'GET' && parts[0] === 'schemas' && parts[1] === 'ids') {
      const { id: _, ...stored } = this.byId.get(Number(parts[2])) ?? {};
      return 'schema' in stored ? [200, stored] : notFound(40_403, 'Schema not found');
    }
    const isRule = parts[0] === 'compatibility';
    const [, subject = '', , version] = isRule ? parts.slice(1) : parts;
    const versions = this.subjects.get(subject);
    if (isRule)
      return versions === undefined
        ? notFound(40_401, 'Subject not found')
        : [200, { is_compatible: !this.refuses.test(body!.schema), messages: ['the rule'] }];
    if (method === 'POST' && parts[2] === 'versions') {
      const known = versions?.find(({ schema }) => schema === body!.schema);
      return [200, { id: known?.id ?? this.add(subject, body!) }];
    }
    if (versions === undefined) return notFound(40_401, 'Subject not found');
    const found =
      method === 'POST'
        ? versions.find(({ schema }) => schema === body!.schema)
        : version === 'latest'
          ? versions.at(-1)
          : versions[Number(version) - 1];
    return found === undefined
      ? notFound(method === 'POST' ? 40_403 : 40_402, 'not found')
      : [200, { ...found, subject }];
  }
}
