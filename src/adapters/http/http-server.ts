import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../ports/clock';
import type { CustomerQueries, ExplainCustomer, RescoreCustomer } from '../../ports/customer-queries';
import { type Access, createAccess } from './access';
import { apiRoutes, json } from './api-routes';
import { HttpError } from './errors';
import { SummaryStream } from './event-stream';
import { type HealthSources, healthRoutes } from './health-routes';
import { pageRoutes } from './page-assets';
import { type Answer, matchRoute, type Route } from './router';

export interface HttpServerOptions extends HealthSources {
  /** Default 127.0.0.1. Anything but loopback needs a token. */
  readonly host?: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly token?: string;
  readonly clock: Clock;
  /** If present, /v1 and the dashboard are served. If absent (score, train), health and metrics only. */
  readonly queries?: CustomerQueries;
  /** Adds `now` to a customer: the value as of the requested time. */
  readonly rescore?: RescoreCustomer;
  /** Answers /v1/customers/:id/explanation. Without it, no customer has an explanation. */
  readonly explain?: ExplainCustomer;
  /** Seconds since the epoch that count as "now". Default: the wall clock. */
  readonly nowS?: () => number;
  /** Called after each answer. `route` is the pattern, or 'none' if no route fits. */
  readonly answered?: (route: string, status: number, seconds: number) => void;
  /** Called if a handler throws an unexpected error. */
  readonly failed?: (route: string, error: unknown) => void;
}

export interface HttpServer {
  /** E.g. http://127.0.0.1:8080 */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const DEFAULT_HOST = '127.0.0.1';
const STREAM_PATTERN = '/v1/stream';
const COMMON_HEADERS = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };

/**
 * Resolves when the server listens. Throws {@link HttpSettingsError} for an open host without a token, and Node's error for a port in use.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const host = options.host ?? DEFAULT_HOST;
  const access = createAccess(host, options.token);
  const stream = options.queries === undefined ? null : new SummaryStream(options.queries);
  const handler = new RequestHandler(options, access, stream);
  const server = createServer((request, response) => void handler.handle(request, response));
  await listen(server, options.port, host);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    close: async () => {
      stream?.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

class RequestHandler {
  private readonly routes: readonly Route[];

  constructor(
    private readonly options: HttpServerOptions,
    private readonly access: Access,
    private readonly stream: SummaryStream | null,
  ) {
    const { queries, clock, rescore, explain, nowS = () => Math.floor(clock.nowMs() / 1000) } = options;
    this.routes = healthRoutes(options);
    if (queries === undefined) return;
    const sources = {
      queries,
      nowS,
      ...(rescore ? { rescore } : {}),
      ...(explain ? { explain } : {}),
      unreadable: (customerId: string, error: Error) => options.failed?.(`reading the state of ${customerId}`, error),
    };
    this.routes = [...this.routes, ...apiRoutes(sources), ...pageRoutes(), STREAM_ROUTE];
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startS = this.options.clock.elapsedS();
    let pattern = 'none';
    response.on('close', () => {
      this.options.answered?.(pattern, response.statusCode, this.options.clock.elapsedS() - startS);
    });
    try {
      const { route, query } = matchRoute(this.routes, request.url ?? '/');
      pattern = route.pattern;
      if (request.method !== 'GET' && request.method !== 'HEAD') throw new HttpError('CLV_HTTP_METHOD_NOT_ALLOWED');
      if (!route.open) this.access(request);
      if (route === STREAM_ROUTE && request.method === 'GET') this.stream?.add(response);
      else send(request, response, await route.answer(query));
    } catch (error) {
      this.answerError(request, response, pattern, error);
    }
  }

  private answerError(request: IncomingMessage, response: ServerResponse, pattern: string, error: unknown): void {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (!(error instanceof HttpError)) this.options.failed?.(pattern, error);
    const httpError = error instanceof HttpError ? error : new HttpError('CLV_HTTP_INTERNAL');
    if (httpError.status === 401) response.setHeader('www-authenticate', 'Bearer realm="clv-stream"');
    if (httpError.status === 405) response.setHeader('allow', 'GET, HEAD');
    send(request, response, json({ error: { code: httpError.code, message: httpError.message } }, httpError.status));
  }
}

/** In the list so that it is matched and guarded like the other routes. The stream then takes over its GET. */
const STREAM_ROUTE: Route = {
  pattern: STREAM_PATTERN,
  open: false,
  answer: () => ({
    contentType: 'text/event-stream; charset=utf-8',
    body: '',
    headers: { 'cache-control': 'no-store' },
  }),
};

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const etag = answer.headers?.etag;
  if (etag !== undefined && request.headers['if-none-match'] === etag) {
    response.writeHead(304, { ...COMMON_HEADERS, ...answer.headers }).end();
    return;
  }
  response.writeHead(answer.status ?? 200, {
    ...COMMON_HEADERS,
    ...answer.headers,
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.body),
  });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
