import type { AddressInfo } from 'node:net';
import type { Clock } from '../../ports/clock';
import type { CustomerQueries, ExplainCustomer, RescoreCustomer } from '../../ports/customer-queries';
import { createAccess } from './access/access';
import { SummaryStream } from './answers/event-stream';
import { type AppOptions, createApp } from './app';
import { openapiRoutes } from './openapi';
import { customerListRoutes } from './routes/customer-list';
import { customerRoutes } from './routes/customers';
import { type HealthSources, healthRoutes } from './routes/health';
import { insightRoutes } from './routes/insights';
import { pageRoutes } from './routes/page';
import type { RouteGroup } from './routes/route';
import { streamRoutes } from './routes/stream';

export interface HttpServerOptions extends HealthSources, Pick<AppOptions, 'bounds' | 'answered' | 'failed'> {
  /** Default 127.0.0.1. Anything but loopback needs a token. */
  readonly host?: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly token?: string;
  /** File of tokens with roles. It is read again when it changes. */
  readonly tokensFile?: string;
  readonly clock: Clock;
  /** If present, /v1 and the dashboard are served. If absent (score, train), health and metrics only. */
  readonly queries?: CustomerQueries;
  /** Adds `now` to a customer: the value as of the requested time. */
  readonly rescore?: RescoreCustomer;
  /** Answers /v1/customers/:id/explanation. Without it, no customer has an explanation. */
  readonly explain?: ExplainCustomer;
  /** Seconds since the epoch that count as "now". Default: the wall clock. */
  readonly nowS?: () => number;
}

export interface HttpServer {
  /** E.g. http://127.0.0.1:8080 */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const DEFAULT_HOST = '127.0.0.1';

/**
 * Resolves when the server listens. Throws {@link HttpSettingsError} for an open host without a token, {@link TokenFileError}, and
 * Node's error for a port in use.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { clock, host = DEFAULT_HOST, token, tokensFile } = options;
  const elapsedS = () => clock.elapsedS();
  const failed = (error: unknown) => options.failed?.('reading the file of tokens', error);
  const access = createAccess({ host, token, tokensFile, elapsedS, failed });
  const stream = options.queries === undefined ? null : new SummaryStream(options.queries);
  const groups = groupsOf(options, stream);
  const app = await createApp({ ...options, access, groups, elapsedS });
  await app.listen({ port: options.port, host });
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    close: async () => {
      stream?.close();
      await app.close();
    },
  };
}

function groupsOf(options: HttpServerOptions, stream: SummaryStream | null): RouteGroup[] {
  const { queries, clock, rescore, explain, failed } = options;
  const health = healthRoutes(options);
  if (queries === undefined || stream === null) return [health, openapiRoutes()];
  const sources = {
    queries,
    nowS: options.nowS ?? (() => Math.floor(clock.nowMs() / 1000)),
    ...(rescore ? { rescore } : {}),
    ...(explain ? { explain } : {}),
    unreadable: (customerId: string, error: Error) => failed?.(`reading the state of ${customerId}`, error),
  };
  const api = [customerListRoutes(queries), customerRoutes(sources), insightRoutes(queries), streamRoutes(stream)];
  return [...api, health, openapiRoutes(), pageRoutes()];
}
