import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Access } from './access';
import { HttpError } from './answers/errors';
import { KnownRoutes } from './known-routes';
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

export interface AppOptions {
  readonly access: Access;
  readonly groups: readonly RouteGroup[];
  /** Monotonic seconds. */
  readonly elapsedS: () => number;
  /** Called after each answer. `route` is the pattern, or 'none' if no route fits. */
  readonly answered?: (route: string, status: number, seconds: number) => void;
  /** Called if a handler throws an unexpected error. */
  readonly failed?: (route: string, error: unknown) => void;
}

/** The server with its routes, not listening yet. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    forceCloseConnections: true,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array', allErrors: true } },
    frameworkErrors: (error, request, reply) => answerError(options, error, request, reply),
  });
  // The schemas describe the answers and are tested against them. They must not change them.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  const known = new KnownRoutes(app);
  observeAnswers(app, known, options);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(COMMON_HEADERS);
    if (request.is404) refuseUnknown(known, request, reply);
    if (request.routeOptions.config.open !== true) options.access(request.raw);
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
  if (pattern === undefined) throw new HttpError('CLV_HTTP_NOT_FOUND', path);
  reply.header('allow', known.methodsOf(pattern).join(', '));
  throw new HttpError('CLV_HTTP_METHOD_NOT_ALLOWED');
}

function answerError(options: AppOptions, error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const httpError = httpErrorOf(error, request);
  if (httpError.code === 'CLV_HTTP_INTERNAL') options.failed?.(request.routeOptions.url ?? 'none', error);
  if (httpError.status === 401) reply.header('www-authenticate', 'Bearer realm="clv-stream"');
  const { code, message } = httpError;
  void reply.status(httpError.status).headers(COMMON_HEADERS).send({ error: { code, message } });
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
    return new HttpError('CLV_HTTP_BAD_REQUEST', faultText(error.validation, Object.keys(schema?.properties ?? {})));
  }
  if (error.statusCode !== undefined && error.statusCode < 500) return new HttpError('CLV_HTTP_BAD_REQUEST');
  return new HttpError('CLV_HTTP_INTERNAL');
}

/** The path as it was sent: "." and ".." can be customer ids. */
function pathOf(url: string): string {
  return url.split(/[?#]/, 1)[0]!;
}
