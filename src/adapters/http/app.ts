import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from './access/access';
import { HttpError } from './answers/errors';
import { answerBrokenRequest, PROBLEM_TYPE, problemOf } from './answers/problem';
import { KnownRoutes } from './known-routes';
import { createLimit, MAX_BODY_BYTES } from './limits';
import { describeRoutes } from './openapi';
import { faultText } from './request-faults';
import type { RouteGroup } from './routes/route';

/** Longer than any id in percent-encoding. */
const MAX_PARAM_LENGTH = 16_384;
const REQUEST_TIMEOUT_MS = 60_000;
const COMMON_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  // Answers are valid for this instant only.
  'cache-control': 'no-store',
};

/** What a deployment sets. */
export interface HttpBounds {
  /** Requests a minute and address; 0 for any number. */
  readonly requestsPerMinute: number;
  readonly compression: boolean;
  /** Origins whose pages may read answers. Empty: none. */
  readonly corsOrigins: readonly string[];
}

const NO_BOUNDS: HttpBounds = { requestsPerMinute: 0, compression: false, corsOrigins: [] };

/** brotli would save little more, for several times the processor time. An event stream goes out as it comes. */
const COMPRESSION = {
  encodings: ['gzip', 'deflate'] as ('gzip' | 'deflate')[],
  threshold: 1_024,
  customTypes: /json|^text\/(?!event-stream)|^image\/svg/,
};

export interface AppOptions {
  readonly access: Access;
  readonly groups: readonly RouteGroup[];
  readonly bounds?: HttpBounds;
  /** Monotonic seconds. */
  readonly elapsedS: () => number;
  /** Called after each answer. `route` is the pattern, or 'none' if no route fits. */
  readonly answered?: (route: string, status: number, seconds: number) => void;
  /** Called if a handler throws an unexpected error. */
  readonly failed?: (route: string, error: unknown) => void;
}

/** The server with its routes, not listening yet. Its packages are loaded here: commands that serve nothing start without them. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { fastify } = await import('fastify');
  const app = fastify({
    forceCloseConnections: true,
    requestTimeout: REQUEST_TIMEOUT_MS,
    bodyLimit: MAX_BODY_BYTES,
    clientErrorHandler: answerBrokenRequest,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array', allErrors: true } },
    frameworkErrors: (error, request, reply) => answerError(options, error, request, reply),
  });
  // The schemas describe the answers and are tested against them. They must not change them.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  const { requestsPerMinute, compression, corsOrigins } = options.bounds ?? NO_BOUNDS;
  if (corsOrigins.length > 0)
    await app.register(import('@fastify/cors'), { origin: [...corsOrigins], methods: ['GET', 'HEAD'] });
  if (compression) await app.register(import('@fastify/compress'), COMPRESSION);
  await app.register(import('@fastify/accepts'));
  const limit = await createLimit(app, requestsPerMinute);
  const known = new KnownRoutes(app);
  observeAnswers(app, known, options);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(COMMON_HEADERS);
    await limit(request, reply);
    if (request.is404) refuseUnknown(known, request, reply);
    const { open = false, role = 'read' } = request.routeOptions.config;
    if (!open) options.access(request.raw, role);
  });
  app.setErrorHandler<FastifyError>((error, request, reply) => answerError(options, error, request, reply));
  await describeRoutes(app);
  for (const add of options.groups) add(app);
  return app;
}

/** Whatever ends a response ends here, also a listener of the stream that goes away. */
function observeAnswers(app: FastifyInstance, known: KnownRoutes, { elapsedS, answered }: AppOptions): void {
  app.server.on('request', (request, response) => {
    const startS = elapsedS();
    response.on('close', () => {
      const pattern = known.patternOf(pathOf(request.url ?? '/')) ?? 'none';
      answered?.(pattern, response.statusCode, elapsedS() - startS);
    });
  });
}

function refuseUnknown(known: KnownRoutes, request: FastifyRequest, reply: FastifyReply): never {
  const path = pathOf(request.url);
  const pattern = known.patternOf(path);
  if (pattern === undefined) throw new HttpError('CLV_HTTP_NOT_FOUND', path, { paths: known.paths });
  reply.header('allow', known.methodsOf(pattern).join(', '));
  throw new HttpError('CLV_HTTP_METHOD_NOT_ALLOWED', `${path} takes ${known.methodsOf(pattern).join(', ')}`);
}

function answerError(options: AppOptions, error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const httpError = httpErrorOf(error, request);
  if (httpError.code === 'CLV_HTTP_INTERNAL') options.failed?.(request.routeOptions.url ?? 'none', error);
  if (httpError.status === 401) reply.header('www-authenticate', 'Bearer realm="clv-stream"');
  void reply.status(httpError.status).headers(COMMON_HEADERS).type(PROBLEM_TYPE).send(problemOf(httpError));
}

function httpErrorOf(error: FastifyError, request: FastifyRequest): HttpError {
  if (error instanceof HttpError) return error;
  if (error.code === 'FST_ERR_BAD_URL') {
    return new HttpError('CLV_HTTP_BAD_REQUEST', 'the path is not percent-encoded UTF-8');
  }
  // A path whose part is missing, as in /v1/customers/, is no path of this server.
  if (error.validation && error.validationContext === 'params') {
    return new HttpError('CLV_HTTP_NOT_FOUND', pathOf(request.url));
  }
  if (error.validation) {
    const schema = request.routeOptions.schema?.querystring as { properties?: object } | undefined;
    const parameters = Object.keys(schema?.properties ?? {});
    return new HttpError('CLV_HTTP_BAD_REQUEST', faultText(error.validation, parameters), { parameters });
  }
  if (error.statusCode !== undefined && error.statusCode < 500) return new HttpError('CLV_HTTP_BAD_REQUEST');
  return new HttpError('CLV_HTTP_INTERNAL');
}

/** The path as it was sent: "." and ".." can be customer ids. */
function pathOf(url: string): string {
  return url.split(/[?#]/, 1)[0]!;
}
